// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ExecutorCore} from "./ExecutorCore.sol";
import {IPoolManager} from "./Interfaces.sol";
import {Packed} from "./Packed.sol";

/// @title MANAGED and BORROW steps at a Uniswap v4 manager: its pools without hooks between tokens, and what it holds, on loan
/// @dev MANAGED  op 1 | manager 20 | tokenOut 20 | length 3 | tokenIn 20, maxIn 16, minOut 16, fee 3, tick spacing 3, body
/// @dev BORROW   op 1 | manager 20 | length 3 | token 20, amount 16, body      for nothing, until the body has run
/// The manager is on the owner's list of factories: it is the factory of its pools. It is one lock: nothing else of it can be
/// used inside a body. Data of a loan begins with an amount of zero, which no swap has.
abstract contract ManagerSteps is ExecutorCore {
    using SafeERC20 for IERC20;
    using Packed for bytes;

    /// @notice Uniswap v4's callback. The hash that is awaited names the manager as the caller.
    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        _disarm(data);
        if (data.uint256At(0) == 0) return _lend(data[32:]);
        bytes calldata payload = data[52:];
        address tokenIn = payload.addressAt(0);
        address tokenOut = data.addressAt(32);
        (uint256 owed, uint256 received) = _trade(int256(data.uint256At(0)), tokenOut, payload);
        if (owed > payload.uint128At(20) || received < payload.uint128At(36)) {
            revert SlippageExceeded(msg.sender, owed, received);
        }
        IPoolManager(msg.sender).take(tokenOut, address(this), received);
        _run(payload[58:]);
        return _settle(tokenIn, owed);
    }

    function _borrow(bytes calldata steps) internal returns (uint256 size) {
        address manager = steps.addressAt(1);
        size = 24 + steps.uint24At(21);
        bytes calldata payload = steps[24:size];
        if (!isFactory[manager]) revert PoolNotAllowed(manager);
        if (payload.uint128At(20) == 0) revert BadOrder();
        _requireListed(payload.addressAt(0));
        bytes memory data = abi.encodePacked(uint256(0), payload);
        _arm(manager, keccak256(data));
        IPoolManager(manager).unlock(data);
        _requireDisarmed(manager);
    }

    function _lend(bytes calldata payload) private returns (bytes memory) {
        address token = payload.addressAt(0);
        uint256 amount = payload.uint128At(20);
        IPoolManager(msg.sender).take(token, address(this), amount);
        _run(payload[36:]);
        return _settle(token, amount);
    }

    function _settle(address token, uint256 owed) private returns (bytes memory) {
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
        uint256 maxIn = payload.uint128At(20);
        uint256 minOut = payload.uint128At(36);
        if (maxIn == 0 || minOut == 0) revert BadOrder();
        if (!isFactory[manager]) revert PoolNotAllowed(manager);
        _requireListed(payload.addressAt(0));
        _requireListed(tokenOut);
        if (op & ALL != 0) maxIn = _surplus(payload.addressAt(0));
        int256 amount = op & EXACT_OUT != 0 ? int256(minOut) : -int256(maxIn);
        if (amount == 0) revert BadOrder();
        bytes memory data = abi.encodePacked(amount, tokenOut, payload);
        _arm(manager, keccak256(data));
        IPoolManager(manager).unlock(data);
        _requireDisarmed(manager);
    }

    /// @dev A negative delta is owed to the manager, a positive one can be taken. Upper half: amount0, lower half: amount1.
    function _trade(int256 amount, address tokenOut, bytes calldata payload)
        private
        returns (uint256 owed, uint256 received)
    {
        address tokenIn = payload.addressAt(0);
        bool zeroForOne = tokenIn < tokenOut;
        (address token0, address token1) = zeroForOne ? (tokenIn, tokenOut) : (tokenOut, tokenIn);
        int256 delta = IPoolManager(msg.sender).swap(
            IPoolManager.PoolKey(
                token0, token1, uint24(payload.uint24At(52)), int24(uint24(payload.uint24At(55))), address(0)
            ),
            IPoolManager.SwapParams(zeroForOne, amount, _sqrtPriceLimit(zeroForOne)),
            ""
        );
        (int256 amountIn, int256 amountOut) =
            zeroForOne ? (delta >> 128, int256(int128(delta))) : (int256(int128(delta)), delta >> 128);
        if (amountIn > 0 || amountOut < 0) revert PoolNotAllowed(msg.sender);
        return (uint256(-amountIn), uint256(amountOut));
    }
}
