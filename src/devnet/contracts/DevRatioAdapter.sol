// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IPriced {
    function latestAnswer() external view returns (int256);
    function decimals() external view returns (uint8);
}

/// @notice Price of a token that wraps another: base price times an exchange rate, as for staked ether. Like the adapters
/// in use it has no rounds, no aggregator and no events: who reads it cannot follow it, only ask again.
contract DevRatioAdapter {
    IPriced public immutable BASE;
    string public description;
    /// Tokens of the base per wrapped token, 18 decimals.
    uint256 public ratio;

    error AnswerOutOfRange(int256 answer);

    constructor(IPriced base, string memory description_, uint256 ratio_) {
        BASE = base;
        description = description_;
        ratio = ratio_;
    }

    function setRatio(uint256 ratio_) external {
        ratio = ratio_;
    }

    /// @notice Chooses the rate that gives this answer at the base price of now.
    function setAnswer(int256 answer) external {
        if (answer <= 0) revert AnswerOutOfRange(answer);
        uint256 base = uint256(BASE.latestAnswer());
        ratio = (uint256(answer) * 1e18 + base - 1) / base; // rounded up, so that rounding down gives the answer back
    }

    function decimals() external view returns (uint8) {
        return BASE.decimals();
    }

    function latestAnswer() external view returns (int256) {
        return int256((uint256(BASE.latestAnswer()) * ratio) / 1e18);
    }
}
