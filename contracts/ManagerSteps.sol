// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {ExecutorCore} from "./ExecutorCore.sol";
import {IPoolManager, IWrappedNative} from "./Interfaces.sol";
import {Packed} from "./Packed.sol";

/// @title MANAGED and BORROW steps at a Uniswap v4 manager: its pools without hooks, and what it holds, on loan
/// @dev MANAGED  op 1 | manager 20 | tokenOut 20 | length 3 | tokenIn 20, maxIn 16, minOut 16, fee 3, tick spacing 3, body
/// @dev BORROW   op 1 | manager 20 | length 3 | token 20, amount 16, body      for nothing, until the body has run
/// With 0x40 the wrapped native token stands for native ether: of the pool, or of the loan. Orders know the wrapped token
/// alone; it is unwrapped when the manager is paid, and what the manager pays is wrapped before anything else happens.
/// The manager is on the owner's list of factories: it is the factory of its pools. It is one lock: nothing else of it can be
/// used inside a body.
/// Data begins with twice the signed amount, zero for a loan, which no swap has; one more says that ether is meant.
abstract contract ManagerSteps is ExecutorCore {
    using SafeERC20 for IERC20;
    using Packed for bytes;
    using TransientSlot for *;

    uint256 private constant NATIVE = 0x40;
    address private constant ETHER = address(0);

    /// @notice Uniswap v4's callback. The hash that is awaited names the manager as the caller.
    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        _disarm(data);
        uint256 head = data.uint256At(0);
        if (head < 2) return _lend(head != 0, data[32:]);
        bytes calldata payload = data[52:];
        address tokenIn = payload.addressAt(0);
        address tokenOut = data.addressAt(32);
        (uint256 owed, uint256 received) = _trade(int256(head), tokenOut, payload);
        if (owed > payload.uint128At(20) || received < payload.uint128At(36)) {
            revert SlippageExceeded(msg.sender, owed, received);
        }
        _take(head & 1 != 0, tokenOut, received);
        _run(payload[58:]);
        return _settle(head & 1 != 0, tokenIn, owed);
    }

    function _borrow(uint256 op, bytes calldata steps) internal returns (uint256 size) {
        address manager = steps.addressAt(1);
        size = 24 + steps.uint24At(21);
        bytes calldata payload = steps[24:size];
        if (!isFactory[manager]) revert PoolNotAllowed(manager);
        address token = payload.addressAt(0);
        bool native = op & NATIVE != 0;
        if (payload.uint128At(20) == 0 || (native && token != wrappedNative)) revert BadOrder();
        _requireListed(token);
        _unlock(manager, abi.encodePacked(native ? uint256(1) : 0, payload));
    }

    function _lend(bool native, bytes calldata payload) private returns (bytes memory) {
        address token = payload.addressAt(0);
        uint256 amount = payload.uint128At(20);
        _take(native, token, amount);
        _run(payload[36:]);
        return _settle(native, token, amount);
    }

    /// @dev Of ether, what has come in meanwhile is wrapped: what was here before stays, whatever the manager says it pays.
    function _take(bool native, address token, uint256 amount) private {
        if (!native || token != wrappedNative) {
            IPoolManager(msg.sender).take(token, address(this), amount);
            return;
        }
        uint256 before = address(this).balance;
        PAYING.asAddress().tstore(msg.sender);
        IPoolManager(msg.sender).take(ETHER, address(this), amount);
        PAYING.asAddress().tstore(ETHER);
        IWrappedNative(token).deposit{value: address(this).balance - before}();
    }

    /// @dev Ether needs no `sync`: the manager takes what comes with the call, unless somebody else's `sync` stands open, and
    /// then it refuses.
    function _settle(bool native, address token, uint256 owed) private returns (bytes memory) {
        if (native && token == wrappedNative) {
            IWrappedNative(token).withdraw(owed);
            IPoolManager(msg.sender).settle{value: owed}();
            return "";
        }
        IPoolManager(msg.sender).sync(token);
        IERC20(token).safeTransfer(msg.sender, owed);
        IPoolManager(msg.sender).settle();
        return "";
    }

    function _swapManaged(uint256 op, bytes calldata steps) internal returns (uint256 size) {
        address manager = steps.addressAt(1);
        address tokenOut = steps.addressAt(21);
        size = 44 + steps.uint24At(41);
        bytes calldata payload = steps[44:size];
        address tokenIn = payload.addressAt(0);
        uint256 maxIn = payload.uint128At(20);
        uint256 minOut = payload.uint128At(36);
        if (maxIn == 0 || minOut == 0) revert BadOrder();
        if (!isFactory[manager]) revert PoolNotAllowed(manager);
        _requireListed(tokenIn);
        _requireListed(tokenOut);
        if (op & ALL != 0) maxIn = _surplus(tokenIn);
        int256 head = 2 * (op & EXACT_OUT != 0 ? int256(minOut) : -int256(maxIn));
        if (head == 0) revert BadOrder();
        if (op & NATIVE != 0) {
            if (tokenIn != wrappedNative && tokenOut != wrappedNative) revert BadOrder();
            head |= 1;
        }
        _unlock(manager, abi.encodePacked(head, tokenOut, payload));
    }

    function _unlock(address manager, bytes memory data) private {
        _arm(manager, keccak256(data));
        IPoolManager(manager).unlock(data);
        _requireDisarmed(manager);
    }

    /// @dev A negative delta is owed to the manager, a positive one can be taken. Upper half: amount0, lower half: amount1.
    function _trade(int256 head, address tokenOut, bytes calldata payload)
        private
        returns (uint256 owed, uint256 received)
    {
        address currencyIn = payload.addressAt(0);
        if (head & 1 != 0) {
            if (currencyIn == wrappedNative) currencyIn = ETHER;
            else tokenOut = ETHER;
        }
        bool zeroForOne = currencyIn < tokenOut;
        int256 delta = IPoolManager(msg.sender).swap(
            _keyOf(zeroForOne ? currencyIn : tokenOut, zeroForOne ? tokenOut : currencyIn, payload),
            IPoolManager.SwapParams(zeroForOne, head >> 1, _sqrtPriceLimit(zeroForOne)),
            ""
        );
        (int256 amountIn, int256 amountOut) =
            zeroForOne ? (delta >> 128, int256(int128(delta))) : (int256(int128(delta)), delta >> 128);
        if (amountIn > 0 || amountOut < 0) revert PoolNotAllowed(msg.sender);
        return (uint256(-amountIn), uint256(amountOut));
    }

    function _keyOf(address currency0, address currency1, bytes calldata payload)
        private
        pure
        returns (IPoolManager.PoolKey memory)
    {
        return IPoolManager.PoolKey(
            currency0, currency1, uint24(payload.uint24At(52)), int24(uint24(payload.uint24At(55))), address(0)
        );
    }
}
