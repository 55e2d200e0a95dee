// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @notice Big-endian values packed without padding in calldata. No bounds check: a read past the end sees other calldata,
/// so callers slice with Solidity's checked slices and walk a step list to its exact end.
library Packed {
    function addressAt(bytes calldata data, uint256 at) internal pure returns (address value) {
        assembly ("memory-safe") {
            value := shr(96, calldataload(add(data.offset, at)))
        }
    }

    function uint128At(bytes calldata data, uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, calldataload(add(data.offset, at)))
        }
    }

    function uint24At(bytes calldata data, uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(232, calldataload(add(data.offset, at)))
        }
    }

    function uint256At(bytes calldata data, uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(data.offset, at))
        }
    }
}
