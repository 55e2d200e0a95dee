// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DevExchangeRate} from "./DevExchangeRate.sol";

interface IPricedBase {
    function latestAnswer() external view returns (int256);
    function decimals() external view returns (uint8);
}

/// @notice Stand-in for the capped ratio adapters by which Aave prices staked tokens, with their interface and rules, not
/// their code: base price times an exchange rate, which counts at most as far as it may have grown, by so many basis points
/// a year, since a snapshot. On the local chain anyone may change the cap.
contract DevRatioCapAdapter {
    uint256 public constant SCALING_FACTOR = 1e6;
    uint256 private constant BPS_SECONDS = 1e4 * 365 days;

    IPricedBase public immutable BASE_TO_USD_AGGREGATOR;
    DevExchangeRate public immutable RATIO_PROVIDER;
    uint8 public constant RATIO_DECIMALS = 18;
    string public description;
    uint256 public getSnapshotRatio;
    uint256 public getSnapshotTimestamp;
    uint256 public getMaxRatioGrowthPerSecondScaled;
    uint16 private yearlyBps;

    event CapParametersUpdated(
        uint256 snapshotRatio,
        uint256 snapshotTimestamp,
        uint256 maxRatioGrowthPerSecond,
        uint16 maxYearlyRatioGrowthPercent
    );

    error AnswerOutOfRange(int256 answer);

    constructor(IPricedBase base, DevExchangeRate provider, string memory description_, uint16 yearlyBps_) {
        BASE_TO_USD_AGGREGATOR = base;
        RATIO_PROVIDER = provider;
        description = description_;
        setCap(provider.getRate(), block.timestamp, yearlyBps_);
    }

    /// @notice A new snapshot and yearly growth in basis points.
    function setCap(uint256 snapshotRatio, uint256 snapshotTimestamp, uint16 yearlyBps_) public {
        getSnapshotRatio = snapshotRatio;
        getSnapshotTimestamp = snapshotTimestamp;
        yearlyBps = yearlyBps_;
        getMaxRatioGrowthPerSecondScaled = (snapshotRatio * yearlyBps_ * SCALING_FACTOR) / BPS_SECONDS;
        emit CapParametersUpdated(snapshotRatio, snapshotTimestamp, getMaxRatioGrowthPerSecond(), yearlyBps_);
    }

    /// @notice Sets the rate at the provider that gives this answer at the base price of now, and a new cap where the old
    /// one is lower.
    function setAnswer(int256 answer) external {
        if (answer <= 0) revert AnswerOutOfRange(answer);
        uint256 base = uint256(BASE_TO_USD_AGGREGATOR.latestAnswer());
        uint256 rate = (uint256(answer) * 1e18 + base - 1) / base; // rounded up, so that rounding down gives the answer back
        RATIO_PROVIDER.setRate(rate);
        if (rate > _maxRatio()) setCap(rate, block.timestamp, yearlyBps);
    }

    function getRatio() public view returns (int256) {
        return int256(RATIO_PROVIDER.getRate());
    }

    function getMaxRatioGrowthPerSecond() public view returns (uint256) {
        return getMaxRatioGrowthPerSecondScaled / SCALING_FACTOR;
    }

    function isCapped() external view returns (bool) {
        return getRatio() > int256(_maxRatio());
    }

    function decimals() external view returns (uint8) {
        return BASE_TO_USD_AGGREGATOR.decimals();
    }

    function latestAnswer() external view returns (int256) {
        int256 ratio = getRatio();
        int256 base = BASE_TO_USD_AGGREGATOR.latestAnswer();
        if (base <= 0 || ratio <= 0) return 0;
        int256 most = int256(_maxRatio());
        return (base * (ratio > most ? most : ratio)) / 1e18;
    }

    function _maxRatio() private view returns (uint256) {
        uint256 elapsed = block.timestamp - getSnapshotTimestamp;
        return getSnapshotRatio + (getMaxRatioGrowthPerSecondScaled * elapsed) / SCALING_FACTOR;
    }
}
