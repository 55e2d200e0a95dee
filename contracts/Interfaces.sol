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

/// @notice A Uniswap v2 pair or a fork with the same swap.
interface ISwapPair {
    function factory() external view returns (address);
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 at);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

/// @notice The factory that made such a pair.
interface ISwapPairFactory {
    function getPair(address tokenA, address tokenB) external view returns (address);
}

/// @notice The one contract that holds all pools of Uniswap v4.
interface IPoolManager {
    struct PoolKey {
        address currency0;
        address currency1;
        uint24 fee;
        int24 tickSpacing;
        address hooks;
    }

    struct SwapParams {
        bool zeroForOne;
        /// @dev Negative: exact input; positive: exact output.
        int256 amountSpecified;
        uint160 sqrtPriceLimitX96;
    }

    function unlock(bytes calldata data) external returns (bytes memory);
    function swap(PoolKey calldata key, SwapParams calldata params, bytes calldata hookData)
        external
        returns (int256 delta);
    function take(address currency, address to, uint256 amount) external;
    function sync(address currency) external;
    function settle() external payable returns (uint256 paid);
}

/// @notice ERC-4626.
interface IVault {
    function redeem(uint256 shares, address receiver, address owner) external returns (uint256 assets);
}

/// @notice wstETH and its like: what is given back goes to the caller.
interface IUnwrapped {
    function unwrap(uint256 amount) external returns (uint256 received);
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

/// @notice Morpho: lends what it holds, and pulls it back after the callback.
interface IFreeLender {
    function flashLoan(address token, uint256 assets, bytes calldata data) external;
}

/// @notice WETH9 and its like on other chains.
interface IWrappedNative {
    function deposit() external payable;
    function withdraw(uint256 amount) external;
}
