// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IJudgedPool {
    function liquidationCall(address collateral, address debt, address user, uint256 amount, bool asAToken) external;
}

interface IJudgedToken {
    function balanceOf(address account) external view returns (uint256);
}

interface IJudgedPair {
    function swap(address to, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256, int256);
}

/// @title The judge's own liquidator: liquidates with tokens it was given, sells what it seized and reports what is left.
/// @notice Runs in simulations only. It shares nothing with the keeper's executor, on purpose: it is the second opinion.
contract JudgeLiquidator {
    struct Hop {
        address pool;
        address tokenIn;
        bool zeroForOne;
    }

    address private paying;

    /// @param exit  hops that sell the seized collateral for the debt token (empty when they are the same)
    /// @param home  hops that sell the gain for the profit token (empty when it is the debt token)
    /// @return gain profit tokens gained; 0 when the sale does not cover the debt
    function run(
        address pool,
        address collateral,
        address debt,
        address user,
        uint256 amount,
        Hop[] calldata exit,
        Hop[] calldata home
    ) external returns (uint256 gain) {
        uint256 start = IJudgedToken(debt).balanceOf(address(this));
        // some tokens return nothing from approve: the result is not looked at, a failure shows in the next call
        (bool approved,) = debt.call(abi.encodeWithSignature("approve(address,uint256)", pool, amount));
        require(approved, "approve");
        IJudgedPool(pool).liquidationCall(collateral, debt, user, amount, false);
        if (collateral != debt) sell(exit, IJudgedToken(collateral).balanceOf(address(this)));
        uint256 end = IJudgedToken(debt).balanceOf(address(this));
        if (end <= start) return 0;
        return home.length == 0 ? end - start : sell(home, end - start);
    }

    function sell(Hop[] calldata hops, uint256 amount) private returns (uint256) {
        for (uint256 i = 0; i < hops.length; i++) {
            Hop calldata hop = hops[i];
            paying = hop.tokenIn;
            uint160 limit = hop.zeroForOne
                ? 4295128740
                : 1461446703485210103287273052203988822378723970341;
            (int256 a, int256 b) =
                IJudgedPair(hop.pool).swap(address(this), hop.zeroForOne, int256(amount), limit, "");
            amount = uint256(-(hop.zeroForOne ? b : a));
        }
        return amount;
    }

    function uniswapV3SwapCallback(int256 a, int256 b, bytes calldata) external {
        uint256 owed = uint256(a > 0 ? a : b);
        (bool paid,) = paying.call(abi.encodeWithSignature("transfer(address,uint256)", msg.sender, owed));
        require(paid, "pay");
    }
}
