// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {MakerVatStandIn} from "./MakerStandIn.sol";

/// @dev The deployed Vow and Flopper tell of their calls in anonymous notes: topic 0 the selector, 1 the caller, 2 and 3 the first
/// two arguments; data: the calldata as bytes of 224.
abstract contract MakerNoteStandIn {
    modifier note() {
        _;
        bytes memory call_ = new bytes(224);
        for (uint256 i; i < msg.data.length && i < 224; ++i) call_[i] = msg.data[i];
        bytes memory data = abi.encode(call_);
        bytes32 sig = bytes32(msg.sig);
        assembly {
            log4(add(data, 0x20), mload(data), sig, caller(), calldataload(4), calldataload(36))
        }
    }

    function _min(uint256 x, uint256 y) internal pure returns (uint256) {
        return x < y ? x : y;
    }
}

/// @notice Stands in for the Vow. Its rules are compared with figures of the real one (test/vectors/maker).
contract MakerVowStandIn is MakerNoteStandIn {
    MakerVatStandIn public immutable vat;
    uint256 public sump;
    uint256 public dump;
    uint256 public Sin;
    uint256 public Ash;
    uint256 public wait;
    uint256 public live = 1;
    address public flopper;
    mapping(uint256 era => uint256) public sin;

    constructor(MakerVatStandIn vat_, address flopper_) {
        (vat, flopper) = (vat_, flopper_);
    }

    function file(bytes32 what, uint256 data) external {
        if (what == "sump") sump = data;
        else if (what == "dump") dump = data;
        else if (what == "live") live = data;
        else wait = data;
    }

    /// @dev For tests: a recorded state.
    function put(uint256 queued, uint256 onAuction, uint256 era, uint256 rad) external {
        (Sin, Ash, sin[era]) = (queued, onAuction, rad);
    }

    /// @dev Stands for `file("flopper", …)`.
    function setFlopper(address flopper_) external {
        flopper = flopper_;
    }

    function fess(uint256 rad) external note {
        sin[block.timestamp] += rad;
        Sin += rad;
    }

    function flog(uint256 era) external note {
        require(era + wait <= block.timestamp, "Vow/wait-not-finished");
        Sin -= sin[era];
        sin[era] = 0;
    }

    function heal(uint256 rad) external note {
        require(rad <= vat.dai(address(this)), "Vow/insufficient-surplus");
        require(rad <= vat.sin(address(this)) - Sin - Ash, "Vow/insufficient-debt");
        vat.heal(rad);
    }

    function kiss(uint256 rad) external note {
        require(rad <= Ash, "Vow/not-enough-ash");
        require(rad <= vat.dai(address(this)), "Vow/insufficient-surplus");
        Ash -= rad;
        vat.heal(rad);
    }

    function flop() external note returns (uint256 id) {
        require(sump <= vat.sin(address(this)) - Sin - Ash, "Vow/insufficient-debt");
        require(vat.dai(address(this)) == 0, "Vow/surplus-not-zero");
        Ash += sump;
        return MakerFlopStandIn(flopper).kick(address(this), dump, sump);
    }

    function cage() external note {
        require(live == 1, "Vow/not-live");
        (live, Sin, Ash) = (0, 0, 0);
        MakerFlopStandIn(flopper).cage();
        vat.heal(_min(vat.dai(address(this)), vat.sin(address(this))));
    }
}

/// @notice Stands in for the Flopper. Its rules and notes are compared with figures of the real one (test/vectors/maker).
contract MakerFlopStandIn is MakerNoteStandIn {
    struct Bid {
        uint256 bid;
        uint256 lot;
        address guy;
        uint48 tic;
        uint48 end;
    }

    MakerVatStandIn public immutable vat;
    MakerGovStandIn public immutable gem;
    uint256 public live = 1;
    uint256 public kicks;
    uint256 public beg = 1.05e18;
    uint256 public pad = 1.5e18;
    uint48 public ttl = 3 hours;
    uint48 public tau = 2 days;
    address public vow;
    mapping(address account => uint256) public wards;
    mapping(uint256 id => Bid) public bids;

    event Kick(uint256 id, uint256 lot, uint256 bid, address indexed gal);

    constructor(MakerVatStandIn vat_, MakerGovStandIn gem_) {
        (vat, gem) = (vat_, gem_);
    }

    function set(address account, uint256 ward, uint256 live_) external {
        wards[account] = ward;
        live = live_;
    }

    /// @dev For tests: recorded terms, and a recorded auction.
    function setTerms(uint256 beg_, uint256 pad_, uint48 ttl_, uint48 tau_) external {
        (beg, pad, ttl, tau) = (beg_, pad_, ttl_, tau_);
    }

    function put(uint256 id, Bid calldata bid) external {
        bids[id] = bid;
    }

    function kick(address gal, uint256 lot, uint256 bid) external returns (uint256 id) {
        require(wards[msg.sender] == 1, "Flopper/not-authorized");
        require(live == 1, "Flopper/not-live");
        id = ++kicks;
        (bids[id].bid, bids[id].lot, bids[id].guy) = (bid, lot, gal);
        bids[id].end = uint48(block.timestamp) + tau;
        emit Kick(id, lot, bid, gal);
    }

    function tick(uint256 id) external note {
        require(bids[id].end < block.timestamp, "Flopper/not-finished");
        require(bids[id].tic == 0, "Flopper/bid-already-placed");
        bids[id].lot = pad * bids[id].lot / 1e18;
        bids[id].end = uint48(block.timestamp) + tau;
    }

    function dent(uint256 id, uint256 lot, uint256 bid) external note {
        Bid storage at = bids[id];
        require(live == 1, "Flopper/not-live");
        require(at.guy != address(0), "Flopper/guy-not-set");
        require(at.tic > block.timestamp || at.tic == 0, "Flopper/already-finished-tic");
        require(at.end > block.timestamp, "Flopper/already-finished-end");
        require(bid == at.bid, "Flopper/not-matching-bid");
        require(lot < at.lot, "Flopper/lot-not-lower");
        require(beg * lot <= at.lot * 1e18, "Flopper/insufficient-decrease");
        if (msg.sender != at.guy) {
            vat.move(msg.sender, at.guy, bid);
            if (at.tic == 0) MakerVowStandIn(at.guy).kiss(_min(bid, MakerVowStandIn(at.guy).Ash()));
            at.guy = msg.sender;
        }
        at.lot = lot;
        at.tic = uint48(block.timestamp) + ttl;
    }

    function deal(uint256 id) external note {
        Bid memory at = bids[id];
        require(live == 1, "Flopper/not-live");
        require(at.tic != 0 && (at.tic < block.timestamp || at.end < block.timestamp), "Flopper/not-finished");
        gem.mint(at.guy, at.lot);
        delete bids[id];
    }

    function cage() external note {
        require(wards[msg.sender] == 1, "Flopper/not-authorized");
        (live, vow) = (0, msg.sender);
    }

    function yank(uint256 id) external note {
        require(live == 0, "Flopper/still-live");
        require(bids[id].guy != address(0), "Flopper/guy-not-set");
        vat.suck(vow, bids[id].guy, bids[id].bid);
        delete bids[id];
    }
}

/// @notice Stands in for the governance token: only its owner and one account that its authority lets may mint, and a mint is told
/// in an event of its own, without a Transfer.
contract MakerGovStandIn {
    address public immutable owner = msg.sender;
    address public minter;
    uint256 public constant decimals = 18;
    mapping(address account => uint256) public balanceOf;
    mapping(address holder => mapping(address spender => uint256)) public allowance;

    event Mint(address indexed guy, uint256 wad);
    event Transfer(address indexed from, address indexed to, uint256 wad);

    function authority() external view returns (address) {
        return address(this);
    }

    function allow(address minter_) external {
        minter = minter_;
    }

    function canCall(address src, address, bytes4 sig) public view returns (bool) {
        return src == minter && sig == this.mint.selector;
    }

    function mint(address guy, uint256 wad) external {
        require(msg.sender == owner || canCall(msg.sender, address(this), msg.sig));
        balanceOf[guy] += wad;
        emit Mint(guy, wad);
    }

    function approve(address spender, uint256 wad) external returns (bool) {
        allowance[msg.sender][spender] = wad;
        return true;
    }

    function transfer(address to, uint256 wad) external returns (bool) {
        return transferFrom(msg.sender, to, wad);
    }

    function transferFrom(address from, address to, uint256 wad) public returns (bool) {
        if (from != msg.sender && allowance[from][msg.sender] != type(uint256).max) allowance[from][msg.sender] -= wad;
        balanceOf[from] -= wad;
        balanceOf[to] += wad;
        emit Transfer(from, to, wad);
        return true;
    }
}
