// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ExecutorCore} from "./ExecutorCore.sol";
import {ISwapPair, ISwapPairFactory} from "./Interfaces.sol";
import {Packed} from "./Packed.sol";

/// @title PAIR steps against Uniswap v2 pairs and forks that differ only in their fee
/// @dev PAIR  op 1 | pair 20 | tokenOut 20 | length 3 | tokenIn 20, maxIn 16, minOut 16, fee in millionths 3, body
/// A pair names no price: amounts follow from its reserves at this moment. A wrong fee only makes the pair refuse, or pays
/// it too much within the limits.
abstract contract PairSteps is ExecutorCore {
    using SafeERC20 for IERC20;
    using Packed for bytes;

    uint256 private constant MILLION = 1_000_000;
    /// @dev Length of a payload without a body.
    uint256 private constant NO_BODY = 55;

    /// @notice Uniswap v2's callback: the pair has paid out and awaits the input, whose amount stands first in `data`.
    function uniswapV2Call(address, uint256, uint256, bytes calldata data) external {
        _pairCallback(data);
    }

    /// @notice The same under PancakeSwap's name.
    function pancakeCall(address, uint256, uint256, bytes calldata data) external {
        _pairCallback(data);
    }

    function _swapPair(uint256 op, bytes calldata steps) internal returns (uint256 size) {
        address pair = steps.addressAt(1);
        size = 44 + steps.uint24At(41);
        bytes calldata payload = steps[44:size];
        address tokenIn = payload.addressAt(0);
        bool zeroForOne = tokenIn < steps.addressAt(21);
        _requirePair(pair, tokenIn, steps.addressAt(21));
        (uint256 amountIn, uint256 amountOut) = _amounts(op, pair, zeroForOne, payload);
        (uint256 out0, uint256 out1) = zeroForOne ? (uint256(0), amountOut) : (amountOut, uint256(0));
        if (payload.length == NO_BODY) {
            IERC20(tokenIn).safeTransfer(pair, amountIn);
            ISwapPair(pair).swap(out0, out1, address(this), "");
            return size;
        }
        bytes memory data = abi.encodePacked(uint128(amountIn), payload);
        _arm(pair, keccak256(data));
        ISwapPair(pair).swap(out0, out1, address(this), data);
        _requireDisarmed(pair);
    }

    function _pairCallback(bytes calldata data) private {
        _disarm(data);
        bytes calldata payload = data[16:];
        _run(payload[NO_BODY:]);
        IERC20(payload.addressAt(0)).safeTransfer(msg.sender, data.uint128At(0));
    }

    /// @dev `UniswapV2Library.getAmountIn` and `getAmountOut`, with any fee.
    function _amounts(uint256 op, address pair, bool zeroForOne, bytes calldata payload)
        private
        view
        returns (uint256 amountIn, uint256 amountOut)
    {
        uint256 maxIn = op & ALL != 0 ? _surplus(payload.addressAt(0)) : payload.uint128At(20);
        uint256 minOut = payload.uint128At(36);
        if (maxIn == 0 || minOut == 0) revert BadOrder();
        uint256 kept = MILLION - payload.uint24At(52);
        (uint256 reserveIn, uint256 reserveOut,) = ISwapPair(pair).getReserves();
        if (!zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        if (op & EXACT_OUT != 0) {
            if (minOut >= reserveOut) revert SlippageExceeded(pair, 0, reserveOut);
            amountOut = minOut;
            amountIn = reserveIn * amountOut * MILLION / ((reserveOut - amountOut) * kept) + 1;
        } else {
            amountIn = maxIn;
            amountOut = amountIn * kept * reserveOut / (reserveIn * MILLION + amountIn * kept);
        }
        if (amountIn > maxIn || amountOut < minOut) revert SlippageExceeded(pair, amountIn, amountOut);
    }

    /// @dev The pair names its factory; an allowed factory must know it under exactly these tokens.
    function _requirePair(address pair, address tokenIn, address tokenOut) private view {
        _requireListed(tokenIn);
        _requireListed(tokenOut);
        address factory = ISwapPair(pair).factory();
        if (!isFactory[factory] || ISwapPairFactory(factory).getPair(tokenIn, tokenOut) != pair) {
            revert PoolNotAllowed(pair);
        }
    }
}
