// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {MakerClipStandIn} from "./MakerClipStandIn.sol";
import {MakerVowStandIn} from "./MakerDebtStandIn.sol";

/// @notice Stands in for Maker's Vat, whose production code is in no package: the books, and the anonymous notes in which the
/// deployed one tells of its calls. The rules themselves are tested against figures of the real contracts
/// (test/vectors/maker).
contract MakerVatStandIn {
    struct Ilk {
        uint256 Art;
        uint256 rate;
        uint256 spot;
        uint256 line;
        uint256 dust;
    }

    struct Urn {
        uint256 ink;
        uint256 art;
    }

    mapping(bytes32 ilk => Ilk) public ilks;
    mapping(bytes32 ilk => mapping(address urn => Urn)) public urns;
    mapping(address account => uint256) public dai;
    mapping(address account => uint256) public sin;
    mapping(bytes32 ilk => mapping(address account => uint256)) public gem;
    mapping(address owner => mapping(address account => uint256)) public can;

    /// @dev topic 0: the selector, topics 1 to 3: the first arguments; data: the calldata as bytes of 224.
    modifier note() {
        _;
        bytes memory call_ = new bytes(224);
        for (uint256 i; i < msg.data.length && i < 224; ++i) call_[i] = msg.data[i];
        bytes memory data = abi.encode(call_);
        bytes32 sig = bytes32(msg.sig);
        assembly {
            log4(add(data, 0x20), mload(data), sig, calldataload(4), calldataload(36), calldataload(68))
        }
    }

    function init(bytes32 ilk) external {
        ilks[ilk].rate = 1e27;
    }

    function file(bytes32 ilk, bytes32 what, uint256 data) external note {
        if (what == "spot") ilks[ilk].spot = data;
        else if (what == "dust") ilks[ilk].dust = data;
        else ilks[ilk].line = data;
    }

    function frob(bytes32 ilk, address urn, address, address w, int256 dink, int256 dart) external note {
        _change(ilk, urn, dink, dart);
        dai[w] = uint256(int256(dai[w]) + int256(ilks[ilk].rate) * dart);
        Urn memory u = urns[ilk][urn];
        require(u.art * ilks[ilk].rate <= u.ink * ilks[ilk].spot || (dart <= 0 && dink >= 0), "Vat/not-safe");
    }

    function fork(bytes32 ilk, address src, address dst, int256 dink, int256 dart) external note {
        _change(ilk, src, -dink, -dart);
        _change(ilk, dst, dink, dart);
    }

    function grab(bytes32 ilk, address urn, address v, address w, int256 dink, int256 dart) external note {
        _change(ilk, urn, dink, dart);
        gem[ilk][v] = uint256(int256(gem[ilk][v]) - dink);
        sin[w] = uint256(int256(sin[w]) - int256(ilks[ilk].rate) * dart);
    }

    function fold(bytes32 ilk, address, int256 rate) external note {
        ilks[ilk].rate = uint256(int256(ilks[ilk].rate) + rate);
    }

    function hope(address account) external note {
        can[msg.sender][account] = 1;
    }

    function slip(bytes32 ilk, address usr, int256 wad) external note {
        gem[ilk][usr] = uint256(int256(gem[ilk][usr]) + wad);
    }

    function flux(bytes32 ilk, address src, address dst, uint256 wad) external note {
        require(src == msg.sender || can[src][msg.sender] == 1, "Vat/not-allowed");
        gem[ilk][src] -= wad;
        gem[ilk][dst] += wad;
    }

    function move(address src, address dst, uint256 rad) external note {
        require(src == msg.sender || can[src][msg.sender] == 1, "Vat/not-allowed");
        dai[src] -= rad;
        dai[dst] += rad;
    }

    function suck(address u, address v, uint256 rad) external note {
        sin[u] += rad;
        dai[v] += rad;
    }

    function heal(uint256 rad) external note {
        sin[msg.sender] -= rad;
        dai[msg.sender] -= rad;
    }

    function _change(bytes32 ilk, address urn, int256 dink, int256 dart) private {
        Urn storage u = urns[ilk][urn];
        u.ink = uint256(int256(u.ink) + dink);
        u.art = uint256(int256(u.art) + dart);
    }
}

/// @notice Stands in for the Dog.
contract MakerDogStandIn {
    struct Ilk {
        address clip;
        uint256 chop;
        uint256 hole;
        uint256 dirt;
    }

    MakerVatStandIn public immutable vat;
    address public immutable vow;
    mapping(bytes32 ilk => Ilk) public ilks;
    uint256 public live = 1;
    uint256 public Hole;
    uint256 public Dirt;

    event File(bytes32 indexed what, uint256 data);
    event File(bytes32 indexed ilk, bytes32 indexed what, uint256 data);
    event File(bytes32 indexed ilk, bytes32 indexed what, address clip);
    event Bark(bytes32 indexed ilk, address indexed urn, uint256 ink, uint256 art, uint256 due, address clip, uint256 indexed id);
    event Digs(bytes32 indexed ilk, uint256 rad);
    event Cage();

    constructor(MakerVatStandIn vat_, address vow_) {
        (vat, vow) = (vat_, vow_);
    }

    function file(bytes32 what, uint256 data) external {
        Hole = data;
        emit File(what, data);
    }

    function file(bytes32 ilk, bytes32 what, uint256 data) external {
        if (what == "chop") ilks[ilk].chop = data;
        else ilks[ilk].hole = data;
        emit File(ilk, what, data);
    }

    function file(bytes32 ilk, bytes32 what, address clip) external {
        ilks[ilk].clip = clip;
        emit File(ilk, what, clip);
    }

    function cage() external {
        live = 0;
        emit Cage();
    }

    function digs(bytes32 ilk, uint256 rad) external {
        Dirt -= rad;
        ilks[ilk].dirt -= rad;
        emit Digs(ilk, rad);
    }

    function bark(bytes32 ilk, address urn, address kpr) external returns (uint256 id) {
        require(live == 1, "Dog/not-live");
        (uint256 ink, uint256 art) = vat.urns(ilk, urn);
        (, uint256 rate, uint256 spot,, uint256 dust) = vat.ilks(ilk);
        require(spot > 0 && ink * spot < art * rate, "Dog/not-unsafe");
        Ilk memory milk = ilks[ilk];
        uint256 dart = _room(milk, art, rate, dust);
        uint256 dink = ink * dart / art;
        require(dink > 0, "Dog/null-auction");
        vat.grab(ilk, urn, milk.clip, vow, -int256(dink), -int256(dart));
        uint256 tab = dart * rate * milk.chop / 1e18;
        Dirt += tab;
        ilks[ilk].dirt += tab;
        MakerVowStandIn(vow).fess(dart * rate);
        id = MakerClipStandIn(milk.clip).kick(tab, dink, urn, kpr);
        emit Bark(ilk, urn, dink, dart, dart * rate, milk.clip, id);
    }

    function _room(Ilk memory milk, uint256 art, uint256 rate, uint256 dust) private view returns (uint256 dart) {
        require(Hole > Dirt && milk.hole > milk.dirt, "Dog/liquidation-limit-hit");
        uint256 room = Hole - Dirt < milk.hole - milk.dirt ? Hole - Dirt : milk.hole - milk.dirt;
        dart = room * 1e18 / rate / milk.chop;
        if (dart >= art) return art;
        if ((art - dart) * rate < dust) return art;
        require(dart * rate >= dust, "Dog/dusty-auction-from-partial-liquidation");
    }
}
