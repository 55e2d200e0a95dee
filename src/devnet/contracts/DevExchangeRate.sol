// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice The rate at which a token can be turned back into what it wraps, 18 decimals, as staking and vault contracts
/// tell it: without any event. On the local chain anyone may set it.
contract DevExchangeRate {
    uint256 public getRate;

    constructor(uint256 rate) {
        getRate = rate;
    }

    function setRate(uint256 rate) external {
        getRate = rate;
    }
}
