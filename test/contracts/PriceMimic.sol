// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice Has every getter of a capped ratio adapter, and answers what it likes.
contract PriceMimic {
    address public immutable BASE_TO_USD_AGGREGATOR;
    address public immutable RATIO_PROVIDER;
    uint8 public constant RATIO_DECIMALS = 18;
    uint256 public constant SCALING_FACTOR = 1e6;
    uint256 public constant getSnapshotRatio = 2e18;
    uint256 public immutable getSnapshotTimestamp = block.timestamp;
    uint256 public constant getMaxRatioGrowthPerSecondScaled = 0;
    int256 public constant getRatio = 1e18;
    int256 public latestAnswer;

    constructor(address base, int256 answer) {
        BASE_TO_USD_AGGREGATOR = base;
        RATIO_PROVIDER = address(0xdead);
        latestAnswer = answer;
    }

    function lie(int256 answer) external {
        latestAnswer = answer;
    }
}
