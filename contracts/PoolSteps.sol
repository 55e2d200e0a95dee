// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ExecutorCore} from "./ExecutorCore.sol";
import {ISwapFactory, ISwapPool} from "./Interfaces.sol";
import {Packed} from "./Packed.sol";

/// @title SWAP steps against Uniswap v3 pools and forks with the same swap
/// @dev SWAP  op 1 | pool 20 | tokenOut 20 | length 3 | tokenIn 20, maxIn 16, minOut 16, body
abstract contract PoolSteps is ExecutorCore {
    using SafeERC20 for IERC20;
    using Packed for bytes;

    /// @notice Uniswap v3's callback: the pool has paid out and awaits the input.
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata payload) external {
        _swapCallback(amount0, amount1, payload);
    }

    /// @notice The same under PancakeSwap's name.
    function pancakeV3SwapCallback(int256 amount0, int256 amount1, bytes calldata payload) external {
        _swapCallback(amount0, amount1, payload);
    }

    function _swap(uint256 op, bytes calldata steps) internal returns (uint256 size) {
        address pool = steps.addressAt(1);
        size = 44 + steps.uint24At(41);
        bytes calldata payload = steps[44:size];
        address tokenIn = payload.addressAt(0);
        uint256 maxIn = payload.uint128At(20);
        uint256 minOut = payload.uint128At(36);
        if (maxIn == 0 || minOut == 0) revert BadOrder();
        _requirePool(pool, tokenIn, steps.addressAt(21));
        if (op & ALL != 0) maxIn = _surplus(tokenIn);
        bool zeroForOne = tokenIn < steps.addressAt(21);
        _arm(pool, keccak256(payload));
        ISwapPool(pool).swap(
            address(this),
            zeroForOne,
            op & EXACT_OUT != 0 ? -int256(minOut) : int256(maxIn),
            _sqrtPriceLimit(zeroForOne),
            payload
        );
        _requireDisarmed(pool);
    }

    /// @dev A positive delta is owed to the pool, a negative one was received. The pool is genuine (`_requirePool`), so
    /// its figures are; what a strange token does with them is seen by `_finish`.
    function _swapCallback(int256 amount0, int256 amount1, bytes calldata payload) private {
        _disarm(payload);
        (uint256 owed, uint256 received) =
            amount0 > 0 ? (uint256(amount0), uint256(-amount1)) : (uint256(amount1), uint256(-amount0));
        if (owed > payload.uint128At(20) || received < payload.uint128At(36)) {
            revert SlippageExceeded(msg.sender, owed, received);
        }
        _run(payload[52:]);
        IERC20(payload.addressAt(0)).safeTransfer(msg.sender, owed);
    }

    /// @dev The pool names its factory; an allowed factory must know it under exactly these tokens.
    function _requirePool(address pool, address tokenIn, address tokenOut) private view {
        _requireListed(tokenIn);
        _requireListed(tokenOut);
        address factory = ISwapPool(pool).factory();
        if (!isFactory[factory] || ISwapFactory(factory).getPool(tokenIn, tokenOut, ISwapPool(pool).fee()) != pool) {
            revert PoolNotAllowed(pool);
        }
    }
}
