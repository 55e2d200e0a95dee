// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IPricedAsset {
    function latestAnswer() external view returns (int256);
    function decimals() external view returns (uint8);
}

/// @notice Stand-in for the adapters by which Aave prices principal tokens, with their interface and rules, not their code:
/// the asset's price less a discount that falls by the second and is gone at maturity. Anyone may change the rate here.
contract DevPrincipalTokenAdapter {
    uint256 public constant PERCENTAGE_FACTOR = 1e18;
    uint256 public constant SECONDS_PER_YEAR = 365 days;

    IPricedAsset public immutable ASSET_TO_USD_AGGREGATOR;
    uint256 public immutable MATURITY;
    uint64 public discountRatePerYear;
    string public description;

    event DiscountRatePerYearUpdated(uint64 oldDiscountRatePerYear, uint64 newDiscountRatePerYear);

    error DiscountTooHigh();

    constructor(IPricedAsset asset, uint256 maturity, uint64 rate, string memory description_) {
        ASSET_TO_USD_AGGREGATOR = asset;
        MATURITY = maturity;
        description = description_;
        setDiscountRatePerYear(rate);
    }

    function setDiscountRatePerYear(uint64 rate) public {
        emit DiscountRatePerYearUpdated(discountRatePerYear, rate);
        discountRatePerYear = rate;
        if (getCurrentDiscount() >= PERCENTAGE_FACTOR) revert DiscountTooHigh();
    }

    function getCurrentDiscount() public view returns (uint256) {
        return block.timestamp >= MATURITY ? 0 : ((MATURITY - block.timestamp) * discountRatePerYear) / SECONDS_PER_YEAR;
    }

    function decimals() external view returns (uint8) {
        return ASSET_TO_USD_AGGREGATOR.decimals();
    }

    function latestAnswer() external view returns (int256) {
        int256 price = ASSET_TO_USD_AGGREGATOR.latestAnswer();
        if (price <= 0) return 0;
        return int256((uint256(price) * (PERCENTAGE_FACTOR - getCurrentDiscount())) / PERCENTAGE_FACTOR);
    }
}
