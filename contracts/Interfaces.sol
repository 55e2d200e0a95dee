// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

// What the executor calls of other people's contracts, and nothing else of them.

/// @notice A Uniswap v3 pool or a fork with the same swap.
interface ISwapPool {
    function factory() external view returns (address);
    function fee() external view returns (uint24);
    function swap(
        address recipient,
        bool zeroForOne,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        bytes calldata data
    ) external returns (int256 amount0, int256 amount1);
}

/// @notice The factory that made such a pool.
interface ISwapFactory {
    function getPool(address tokenA, address tokenB, uint24 fee) external view returns (address);
}

/// @notice The one-asset flash loan of an Aave v3 pool.
interface IFlashLender {
    function flashLoanSimple(
        address receiver,
        address asset,
        uint256 amount,
        bytes calldata params,
        uint16 referralCode
    ) external;
}

/// @notice WETH9 and its like on other chains.
interface IWrappedNative {
    function withdraw(uint256 amount) external;
}
