// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IStandInToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @notice Stands in for a Curve StableSwapNG pool of two coins where the real one, which is written in Vyper, cannot be
/// built: its getters and its `exchange`, with the invariant solved for two coins. The maths itself is tested against
/// figures of the real pool (test/vectors/curve).
contract CurveStandIn {
    string public constant version = "v7.0.0";
    uint256 public constant N_COINS = 2;
    uint256 public constant A_precise = 20_000;
    uint256 public constant fee = 4_000_000;
    uint256 public constant offpeg_fee_multiplier = 20_000_000_000;
    uint256 public constant admin_fee = 5_000_000_000;
    address[2] private _coins;
    uint256[2] private _balances;
    uint256[2] private _rates;

    constructor(address[2] memory coins_, uint256[2] memory rates_, uint256[2] memory balances_) {
        (_coins, _rates, _balances) = (coins_, rates_, balances_);
    }

    function coins(uint256 i) external view returns (address) {
        return _coins[i];
    }

    function get_balances() external view returns (uint256[] memory) {
        return _listed(_balances);
    }

    function stored_rates() external view returns (uint256[] memory) {
        return _listed(_rates);
    }

    function exchange(int128 i_, int128 j_, uint256 dx, uint256 minDy) external returns (uint256 dy) {
        (uint256 i, uint256 j) = (uint256(uint128(i_)), uint256(uint128(j_)));
        require(i != j && dx != 0);
        uint256 xi = _rates[i] * _balances[i] / 1e18;
        uint256 xj = _rates[j] * _balances[j] / 1e18;
        uint256 x = xi + dx * _rates[i] / 1e18;
        uint256 y = _other(x, _invariant(xi, xj, i));
        dy = xj - y - 1;
        uint256 charged = dy * _fee((xi + x) / 2, (xj + y) / 2) / 1e10;
        dy = (dy - charged) * 1e18 / _rates[j];
        require(dy >= minDy, "too little");
        _balances[i] += dx;
        _balances[j] -= dy + (charged * admin_fee / 1e10) * 1e18 / _rates[j];
        IStandInToken(_coins[i]).transferFrom(msg.sender, address(this), dx);
        IStandInToken(_coins[j]).transfer(msg.sender, dy);
    }

    function _fee(uint256 xi, uint256 xj) private pure returns (uint256) {
        uint256 both = (xi + xj) ** 2;
        return offpeg_fee_multiplier * fee / ((offpeg_fee_multiplier - 1e10) * 4 * xi * xj / both + 1e10);
    }

    /// @dev The coins' own order decides how the product is rounded.
    function _invariant(uint256 xi, uint256 xj, uint256 i) private pure returns (uint256 d) {
        (uint256 x0, uint256 x1) = i == 0 ? (xi, xj) : (xj, xi);
        uint256 ann = A_precise * 2;
        d = x0 + x1;
        while (true) {
            uint256 p = d * d / x0 * d / x1 / 4;
            uint256 before = d;
            d = (ann * (x0 + x1) / 100 + p * 2) * d / ((ann - 100) * d / 100 + 3 * p);
            if (d > before ? d - before <= 1 : before - d <= 1) return d;
        }
    }

    function _other(uint256 x, uint256 d) private pure returns (uint256 y) {
        uint256 ann = A_precise * 2;
        uint256 c = d * d / (x * 2) * d * 100 / (ann * 2);
        uint256 b = x + d * 100 / ann;
        y = d;
        while (true) {
            uint256 before = y;
            y = (y * y + c) / (2 * y + b - d);
            if (y > before ? y - before <= 1 : before - y <= 1) return y;
        }
    }

    function _listed(uint256[2] storage pair) private view returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (pair[0], pair[1]);
    }
}
