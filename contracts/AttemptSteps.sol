// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ExecutorCore} from "./ExecutorCore.sol";
import {Packed} from "./Packed.sol";

/// @title ATTEMPT and EXPECT steps: a part of an order that may fail without the rest
/// @dev ATTEMPT  op 1 | number 1 | gas 3 | length 3 | body
/// @dev EXPECT   op 1 | target 20 | length 3 | data | word 1 | limit 16      the word is at least the limit; 0x10: below it
/// The body runs in a call of the executor to itself. When that reverts, all it did is undone - transient storage too, so
/// that nothing is awaited behind it as nothing was before it - and the order goes on with the next step. What the whole
/// order must leave at its end is not touched by this: an attempt can only do less, and the end is judged by balances.
abstract contract AttemptSteps is ExecutorCore {
    using Packed for bytes;

    uint256 private constant BELOW = 0x10;
    /// @dev What the call itself and its surroundings take, so that the body gets no less than it was promised.
    uint256 private constant AROUND = 3_000;

    /// @notice Attempt `number` of the order reverted; `reason` is the selector of its error, zero where it gave none.
    event Failed(uint256 indexed number, bytes4 reason);

    error TooLittleGas(uint256 wanted);
    error NotAsExpected(address target);

    /// @notice The body of an ATTEMPT. Nobody calls this but the executor itself: no CALL step can name it (`_setTarget`), no
    /// callback leads here, and an EXPECT or a check that does runs statically, in which nothing can change.
    function attempt(bytes calldata body) external {
        if (msg.sender != address(this)) revert NotAwaited(msg.sender);
        _run(body);
    }

    /// @dev The body gets exactly `gas`: with less at hand the order reverts, or a limit set too low would look like a lost
    /// position; and whoever makes it burn all takes nothing from the steps behind it. Its answer is not copied.
    function _attempt(bytes calldata steps) internal returns (uint256 size) {
        uint256 allowed = steps.uint24At(2);
        size = 8 + steps.uint24At(5);
        bytes memory data = abi.encodeCall(this.attempt, (steps[8:size]));
        // a call passes on at most 63 of 64 parts
        if (gasleft() * 63 < (allowed + AROUND) * 64) revert TooLittleGas(allowed);
        bool done;
        bytes4 reason;
        assembly ("memory-safe") {
            mstore(0, 0)
            done := call(allowed, address(), 0, add(data, 32), mload(data), 0, 4)
            reason := mload(0)
        }
        if (!done) emit Failed(uint8(steps[1]), reason);
    }

    function _expect(uint256 op, bytes calldata steps) internal view returns (uint256 size) {
        address target = steps.addressAt(1);
        size = 24 + steps.uint24At(21);
        bytes memory data = steps[24:size];
        uint256 end = 32 * (uint256(uint8(steps[size])) + 1);
        bool answered;
        uint256 word;
        assembly ("memory-safe") {
            answered := staticcall(gas(), target, add(data, 32), mload(data), 0, 0)
            answered := and(answered, iszero(lt(returndatasize(), end)))
            if answered {
                returndatacopy(0, sub(end, 32), 32)
                word := mload(0)
            }
        }
        if (!answered || (word < steps.uint128At(size + 1)) != (op & BELOW != 0)) revert NotAsExpected(target);
        size += 17;
    }
}
