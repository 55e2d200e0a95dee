// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IDeficits {
    function getReserveDeficit(address asset) external view returns (uint256);
}

/// @notice Stands in for a staked token of Umbrella, as far as coverage is read.
contract UmbrellaStakeStandIn {
    address public immutable asset;
    uint256 public totalAssets;
    string public constant symbol = "stkUSDC";

    constructor(address asset_, uint256 assets) {
        (asset, totalAssets) = (asset_, assets);
    }
}

/// @notice Stands in for Aave's Umbrella, whose code is in no package: offsets, what was taken and not paid in, and the rule for
/// what may be taken (the deficit of the real pool beyond both).
contract UmbrellaStandIn {
    struct SlashingConfig {
        address umbrellaStake;
        address umbrellaStakeUnderlyingOracle;
        uint256 liquidationFee;
    }

    IDeficits public immutable pool;
    mapping(address reserve => uint256) public getDeficitOffset;
    mapping(address reserve => uint256) public getPendingDeficit;
    mapping(address reserve => SlashingConfig[]) private _configs;

    constructor(IDeficits pool_) {
        pool = pool_;
    }

    function set(address reserve, uint256 offset, uint256 pending) external {
        (getDeficitOffset[reserve], getPendingDeficit[reserve]) = (offset, pending);
    }

    function cover(address reserve, address stake, address oracle) external {
        _configs[reserve].push(SlashingConfig(stake, oracle, 0));
    }

    function getReserveSlashingConfigs(address reserve) external view returns (SlashingConfig[] memory) {
        return _configs[reserve];
    }

    function isReserveSlashable(address reserve) external view returns (bool, uint256) {
        uint256 known = getDeficitOffset[reserve] + getPendingDeficit[reserve];
        uint256 deficit = pool.getReserveDeficit(reserve);
        if (_configs[reserve].length == 0 || deficit <= known) return (false, 0);
        return (true, deficit - known);
    }
}
