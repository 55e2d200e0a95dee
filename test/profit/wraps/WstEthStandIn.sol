// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice Stands in for Lido's stETH, of which no package ships the code: balances are shares of a pot.
contract StEthStandIn {
    uint8 public constant decimals = 18;
    uint256 public getTotalPooledEther;
    uint256 public getTotalShares;
    mapping(address account => uint256) public sharesOf;

    function put(address to, uint256 shares, uint256 pooled) external {
        sharesOf[to] += shares;
        getTotalShares += shares;
        getTotalPooledEther += pooled;
    }

    function balanceOf(address account) external view returns (uint256) {
        return getPooledEthByShares(sharesOf[account]);
    }

    function getPooledEthByShares(uint256 shares) public view returns (uint256) {
        return shares * getTotalPooledEther / getTotalShares;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        uint256 shares = amount * getTotalShares / getTotalPooledEther;
        sharesOf[msg.sender] -= shares;
        sharesOf[to] += shares;
        return true;
    }
}

/// @notice Stands in for wstETH: one unit is one share.
contract WstEthStandIn {
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    StEthStandIn public immutable stETH;
    mapping(address account => uint256) public balanceOf;

    constructor(StEthStandIn stETH_) {
        stETH = stETH_;
    }

    function put(address to, uint256 amount) external {
        balanceOf[to] += amount;
        totalSupply += amount;
    }

    function getStETHByWstETH(uint256 amount) external view returns (uint256) {
        return stETH.getPooledEthByShares(amount);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function unwrap(uint256 amount) external returns (uint256 sent) {
        require(amount > 0);
        sent = stETH.getPooledEthByShares(amount);
        balanceOf[msg.sender] -= amount;
        totalSupply -= amount;
        stETH.transfer(msg.sender, sent);
    }
}
