// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice Stands in for a delayed oracle that takes `updateResult` and changes nothing, for `burn` gas.
contract DelayedOracleStandIn {
    uint256 internal immutable price;
    uint256 internal immutable burn;
    uint256 public immutable lastUpdateTime;
    uint256 public immutable updateDelay;

    constructor(uint256 price_, uint256 updatedAt, uint256 delay, uint256 burn_) {
        price = price_;
        burn = burn_;
        lastUpdateTime = updatedAt;
        updateDelay = delay;
    }

    function getResultWithValidity() external view returns (uint256, bool) {
        return (price, true);
    }

    function getNextResultWithValidity() external view returns (uint256, bool) {
        return (price, true);
    }

    function updateResult() external view returns (bool) {
        uint256 end = gasleft() - burn;
        while (gasleft() > end) {}
        return true;
    }
}
