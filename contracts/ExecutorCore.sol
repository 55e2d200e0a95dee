// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {ExecutorPolicy} from "./ExecutorPolicy.sol";

/// @title What every kind of step stands on: start balances, the one awaited callback, exact approvals
/// @dev Transient storage only: nothing of an order outlives its transaction.
abstract contract ExecutorCore is ExecutorPolicy {
    using SafeERC20 for IERC20;
    using TransientSlot for *;

    uint256 internal constant EXACT_OUT = 0x10;
    uint256 internal constant ALL = 0x20;

    uint160 internal constant MIN_SQRT_RATIO = 4295128739;
    uint160 internal constant MAX_SQRT_RATIO = 1461446703485210103287273052203988822378723970342;
    /// @dev Transient: the hash of the one callback that is awaited. Start balances (plus one) use the token's address as slot.
    bytes32 private constant ARMED = keccak256("LiquidationExecutor.armed");
    /// @dev Transient: who is just being asked for ether. Nobody but him and the wrapped native token may send any.
    bytes32 internal constant PAYING = keccak256("LiquidationExecutor.paying");

    error BadOrder();
    error TokenNotListed(address token);
    error CallNotAllowed(address target, bytes4 selector);
    error PoolNotAllowed(address pool);
    error NotAwaited(address caller);
    error SlippageExceeded(address pool, uint256 paid, uint256 received);
    error BelowStart(address token);

    /// @dev Runs a packed step list to its exact end.
    function _run(bytes calldata steps) internal virtual;

    /// @dev Awaits exactly one callback, from `from`, with data of exactly this hash. Bodies arm again only after it has come.
    function _arm(address from, bytes32 dataHash) internal {
        ARMED.asBytes32().tstore(_awaited(from, dataHash));
    }

    function _disarm(bytes calldata data) internal {
        if (ARMED.asBytes32().tload() != _awaited(msg.sender, keccak256(data))) revert NotAwaited(msg.sender);
        ARMED.asBytes32().tstore(0);
    }

    function _awaited(address from, bytes32 dataHash) private pure returns (bytes32 awaited) {
        assembly ("memory-safe") {
            mstore(0, from)
            mstore(32, dataHash)
            awaited := keccak256(0, 64)
        }
    }

    function _requireDisarmed(address from) internal view {
        if (ARMED.asBytes32().tload() != 0) revert NotAwaited(from);
    }

    function _clearApproval(IERC20 token, address spender) internal {
        if (token.allowance(address(this), spender) != 0) token.forceApprove(spender, 0);
    }

    function _start(address token) internal pure returns (TransientSlot.Uint256Slot) {
        return bytes32(uint256(uint160(token))).asUint256();
    }

    function _isListed(address token) internal view returns (bool) {
        return _start(token).tload() != 0;
    }

    function _requireListed(address token) internal view {
        if (!_isListed(token)) revert TokenNotListed(token);
    }

    /// @dev What is here of `token` above what was here when the order began; reverts when it is less.
    function _surplus(address token) internal view returns (uint256) {
        uint256 start = _start(token).tload();
        if (start == 0) revert TokenNotListed(token);
        uint256 now_ = IERC20(token).balanceOf(address(this)) + 1;
        if (now_ < start) revert BelowStart(token);
        unchecked {
            return now_ - start;
        }
    }

    function _sqrtPriceLimit(bool zeroForOne) internal pure returns (uint160) {
        return zeroForOne ? MIN_SQRT_RATIO + 1 : MAX_SQRT_RATIO - 1;
    }
}
