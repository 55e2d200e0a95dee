// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IStandInCoin {
    function decimals() external view returns (uint8);
    function transfer(address to, uint256 amount) external;
    function transferFrom(address from, address to, uint256 amount) external;
}

/// @notice Stands in for a Curve pool of three plain coins from before StableSwapNG (3pool and its like) where the real one,
/// which is written in Vyper, cannot be built: its getters, its `get_dy` and its `exchange`, which returns nothing.
contract EarlyCurveStandIn {
    uint256 private constant N = 3;
    uint256 public constant fee = 3_000_000;
    uint256 public constant admin_fee = 5_000_000_000;
    uint256 public immutable A;
    address[N] public coins;
    uint256[N] public balances;
    /// @dev As a pool that lends its coins has them; 1e18 for a plain one.
    uint256 private immutable _lentRate;

    constructor(address[N] memory coins_, uint256[N] memory balances_, uint256 a, uint256 lentRate) {
        (coins, balances, A, _lentRate) = (coins_, balances_, a, lentRate);
    }

    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256) {
        (uint256 out,) = _swap(uint256(uint128(i)), uint256(uint128(j)), dx);
        out = out * 1e18 / _rate(uint256(uint128(j)));
        return out - fee * out / 1e10;
    }

    function exchange(int128 i_, int128 j_, uint256 dx, uint256 minDy) external {
        (uint256 i, uint256 j) = (uint256(uint128(i_)), uint256(uint128(j_)));
        (uint256 out,) = _swap(i, j, dx);
        uint256 charged = out * fee / 1e10;
        uint256 dy = (out - charged) * 1e18 / _rate(j);
        require(dy >= minDy, "too little");
        balances[i] += dx;
        balances[j] -= dy + (charged * admin_fee / 1e10) * 1e18 / _rate(j);
        IStandInCoin(coins[i]).transferFrom(msg.sender, address(this), dx);
        IStandInCoin(coins[j]).transfer(msg.sender, dy);
    }

    function _rate(uint256 i) private view returns (uint256) {
        return _lentRate * 10 ** (18 - IStandInCoin(coins[i]).decimals());
    }

    function _swap(uint256 i, uint256 j, uint256 dx) private view returns (uint256 out, uint256 x) {
        require(i != j && dx != 0);
        uint256[N] memory xp;
        for (uint256 k; k < N; ++k) xp[k] = _rate(k) * balances[k] / 1e18;
        x = xp[i] + dx * _rate(i) / 1e18;
        out = xp[j] - _other(i, j, x, xp) - 1;
    }

    function _invariant(uint256[N] memory xp) private view returns (uint256 d) {
        uint256 sum = xp[0] + xp[1] + xp[2];
        uint256 ann = A * N;
        d = sum;
        while (true) {
            uint256 p = d;
            for (uint256 k; k < N; ++k) p = p * d / (xp[k] * N);
            uint256 before = d;
            d = (ann * sum + p * N) * d / ((ann - 1) * d + (N + 1) * p);
            if (_close(d, before)) return d;
        }
    }

    function _other(uint256 i, uint256 j, uint256 x, uint256[N] memory xp) private view returns (uint256 y) {
        uint256 d = _invariant(xp);
        uint256 ann = A * N;
        uint256 c = d;
        uint256 sum;
        for (uint256 k; k < N; ++k) {
            if (k == j) continue;
            uint256 own = k == i ? x : xp[k];
            sum += own;
            c = c * d / (own * N);
        }
        c = c * d / (ann * N);
        uint256 b = sum + d / ann;
        y = d;
        while (true) {
            uint256 before = y;
            y = (y * y + c) / (2 * y + b - d);
            if (_close(y, before)) return y;
        }
    }

    function _close(uint256 a, uint256 b) private pure returns (bool) {
        return a > b ? a - b <= 1 : b - a <= 1;
    }
}
