// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {MakerVatStandIn} from "./MakerStandIn.sol";

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function decimals() external view returns (uint8);
}

/// @notice Stands in for a GemJoin: collateral in and out of the Vat, at 18 decimals inside.
contract MakerGemJoinStandIn {
    MakerVatStandIn public immutable vat;
    bytes32 public immutable ilk;
    IToken public immutable gem;
    uint256 public immutable dec;

    constructor(MakerVatStandIn vat_, bytes32 ilk_, IToken gem_) {
        (vat, ilk, gem, dec) = (vat_, ilk_, gem_, gem_.decimals());
    }

    function join(address usr, uint256 amount) external {
        vat.slip(ilk, usr, int256(amount * 10 ** (18 - dec)));
        require(gem.transferFrom(msg.sender, address(this), amount), "GemJoin/failed-transfer");
    }

    function exit(address usr, uint256 amount) external {
        vat.slip(ilk, msg.sender, -int256(amount * 10 ** (18 - dec)));
        require(gem.transfer(usr, amount), "GemJoin/failed-transfer");
    }
}

/// @notice Stands in for the DaiJoin. The real one mints and burns; this one holds the coins that are inside the Vat.
contract MakerDaiJoinStandIn {
    MakerVatStandIn public immutable vat;
    IToken public immutable dai;

    constructor(MakerVatStandIn vat_, IToken dai_) {
        (vat, dai) = (vat_, dai_);
    }

    function join(address usr, uint256 wad) external {
        vat.move(address(this), usr, wad * 1e27);
        require(dai.transferFrom(msg.sender, address(this), wad), "DaiJoin/failed-transfer");
    }

    function exit(address usr, uint256 wad) external {
        vat.move(msg.sender, address(this), wad * 1e27);
        require(dai.transfer(usr, wad), "DaiJoin/failed-transfer");
    }
}
