// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {MakerDogStandIn, MakerVatStandIn} from "./MakerStandIn.sol";

/// @notice Stands in for the Spotter: par, liquidation ratio, and the oracle's price behind a poke.
contract MakerSpotStandIn {
    MakerVatStandIn public immutable vat;
    uint256 public par = 1e27;
    uint256 public val;
    bool public has = true;
    mapping(bytes32 ilk => uint256) private _mat;

    constructor(MakerVatStandIn vat_) {
        vat = vat_;
    }

    function file(bytes32 ilk, uint256 mat) external {
        _mat[ilk] = mat;
    }

    function set(uint256 val_, bool has_, uint256 par_) external {
        (val, has, par) = (val_, has_, par_);
    }

    function ilks(bytes32 ilk) external view returns (address pip, uint256 mat) {
        return (address(this), _mat[ilk]);
    }

    function peek() external view returns (bytes32, bool) {
        return (bytes32(val), has);
    }

    function poke(bytes32 ilk) external {
        vat.file(ilk, "spot", val * 1e9 * 1e27 / par * 1e27 / _mat[ilk]);
    }
}

/// @notice Stands in for the three price curves; `kind`: 0 linear, 1 stairs, 2 exponential. As in the real ones, a curve has only
/// its own parameters.
contract MakerCurveStandIn {
    uint256 private immutable _kind;
    uint256 private _tau;
    uint256 private _step;
    uint256 private _cut;

    event File(bytes32 indexed what, uint256 data);

    constructor(uint256 kind, uint256 tau_, uint256 step_, uint256 cut_) {
        (_kind, _tau, _step, _cut) = (kind, tau_, step_, cut_);
    }

    function file(bytes32 what, uint256 data) external {
        if (what == "tau") _tau = data;
        else if (what == "step") _step = data;
        else _cut = data;
        emit File(what, data);
    }

    function tau() external view returns (uint256) {
        require(_kind == 0);
        return _tau;
    }

    function step() external view returns (uint256) {
        require(_kind == 1);
        return _step;
    }

    function cut() external view returns (uint256) {
        require(_kind != 0);
        return _cut;
    }

    function price(uint256 top, uint256 dur) external view returns (uint256) {
        if (_kind == 0) return dur >= _tau ? 0 : top * ((_tau - dur) * 1e27 / _tau) / 1e27;
        return top * _power(_cut, _kind == 1 ? dur / _step : dur) / 1e27;
    }

    function _power(uint256 x, uint256 n) private pure returns (uint256 z) {
        if (x == 0) return n == 0 ? 1e27 : 0;
        z = n % 2 == 0 ? 1e27 : x;
        for (n /= 2; n > 0; n /= 2) {
            x = (x * x + 5e26) / 1e27;
            if (n % 2 == 1) z = (z * x + 5e26) / 1e27;
        }
    }
}

/// @notice Whom a buyer may name to be called back with the collateral before it pays.
interface IClipperCallee {
    function clipperCall(address sender, uint256 owe, uint256 slice, bytes calldata data) external;
}

/// @notice Stands in for a Clipper, with its interface and rules; compared with figures of the real one in
/// test/strategies/maker/stand-in.test.ts.
contract MakerClipStandIn {
    struct Sale {
        uint256 pos;
        uint256 tab;
        uint256 lot;
        address usr;
        uint96 tic;
        uint256 top;
    }

    MakerVatStandIn public immutable vat;
    MakerSpotStandIn public immutable spotter;
    bytes32 public immutable ilk;
    address public immutable vow;
    MakerDogStandIn public dog;
    MakerCurveStandIn public calc;
    uint256 public buf;
    uint256 public tail;
    uint256 public cusp;
    uint256 public chip;
    uint256 public tip;
    uint256 public chost;
    uint256 public stopped;
    uint256 public kicks;
    uint256[] private _active;
    mapping(uint256 id => Sale) public sales;

    event File(bytes32 indexed what, uint256 data);
    event File(bytes32 indexed what, address data);
    event Kick(uint256 indexed id, uint256 top, uint256 tab, uint256 lot, address indexed usr, address indexed kpr, uint256 coin);
    event Take(uint256 indexed id, uint256 max, uint256 price, uint256 owe, uint256 tab, uint256 lot, address indexed usr);
    event Redo(uint256 indexed id, uint256 top, uint256 tab, uint256 lot, address indexed usr, address indexed kpr, uint256 coin);

    constructor(MakerVatStandIn vat_, MakerSpotStandIn spotter_, address vow_, bytes32 ilk_) {
        (vat, spotter, vow, ilk) = (vat_, spotter_, vow_, ilk_);
    }

    function file(bytes32 what, uint256 data) external {
        if (what == "buf") buf = data;
        else if (what == "tail") tail = data;
        else if (what == "cusp") cusp = data;
        else if (what == "chip") chip = data;
        else if (what == "tip") tip = data;
        else if (what == "chost") chost = data;
        else stopped = data;
        emit File(what, data);
    }

    function file(bytes32 what, address data) external {
        if (what == "dog") dog = MakerDogStandIn(data);
        else calc = MakerCurveStandIn(data);
        emit File(what, data);
    }

    /// @dev Not in the real one: puts an auction where a recorded figure wants it.
    function put(uint256 id, uint256 tab, uint256 lot, address usr, uint96 tic, uint256 top) external {
        if (sales[id].usr == address(0)) {
            _active.push(id);
            sales[id].pos = _active.length - 1;
        }
        Sale storage sale = sales[id];
        (sale.tab, sale.lot, sale.usr, sale.tic, sale.top) = (tab, lot, usr, tic, top);
        vat.slip(ilk, address(this), int256(lot));
    }

    function list() external view returns (uint256[] memory) {
        return _active;
    }

    function getStatus(uint256 id) external view returns (bool needsRedo, uint256 price, uint256 lot, uint256 tab) {
        Sale memory sale = sales[id];
        bool done;
        (done, price) = _status(sale.tic, sale.top);
        return (sale.usr != address(0) && done, price, sale.lot, sale.tab);
    }

    function kick(uint256 tab, uint256 lot, address usr, address kpr) external returns (uint256 id) {
        require(stopped < 1, "Clipper/stopped-incorrect");
        id = ++kicks;
        _active.push(id);
        uint256 top = _top();
        sales[id] = Sale(_active.length - 1, tab, lot, usr, uint96(block.timestamp), top);
        uint256 coin = _pay(tab, kpr);
        emit Kick(id, top, tab, lot, usr, kpr, coin);
    }

    function redo(uint256 id, address kpr) external {
        require(stopped < 2, "Clipper/stopped-incorrect");
        Sale storage sale = sales[id];
        require(sale.usr != address(0), "Clipper/not-running-auction");
        (bool done,) = _status(sale.tic, sale.top);
        require(done, "Clipper/cannot-reset");
        (uint256 tab, uint256 lot, uint256 top) = (sale.tab, sale.lot, _top());
        (sale.tic, sale.top) = (uint96(block.timestamp), top);
        uint256 coin;
        if (tab >= chost && lot * _feed() >= chost) coin = _pay(tab, kpr);
        emit Redo(id, top, tab, lot, sale.usr, kpr, coin);
    }

    function take(uint256 id, uint256 amt, uint256 max, address who, bytes calldata data) external {
        require(stopped < 3, "Clipper/stopped-incorrect");
        Sale memory sale = sales[id];
        require(sale.usr != address(0), "Clipper/not-running-auction");
        (bool done, uint256 price) = _status(sale.tic, sale.top);
        require(!done, "Clipper/needs-reset");
        require(max >= price, "Clipper/too-expensive");
        (uint256 slice, uint256 owe) = _slice(sale, amt, price);
        (uint256 tab, uint256 lot) = (sale.tab - owe, sale.lot - slice);
        vat.flux(ilk, address(this), who, slice);
        if (data.length > 0 && who != address(vat) && who != address(dog)) {
            IClipperCallee(who).clipperCall(msg.sender, owe, slice, data);
        }
        vat.move(msg.sender, vow, owe);
        dog.digs(ilk, lot == 0 ? tab + owe : owe);
        _left(id, sale.usr, tab, lot);
        emit Take(id, max, price, owe, tab, lot, sale.usr);
    }

    function _slice(Sale memory sale, uint256 amt, uint256 price) private view returns (uint256 slice, uint256 owe) {
        slice = amt < sale.lot ? amt : sale.lot;
        owe = slice * price;
        if (owe > sale.tab) {
            owe = sale.tab;
            slice = owe / price;
        } else if (owe < sale.tab && slice < sale.lot && sale.tab - owe < chost) {
            require(sale.tab > chost, "Clipper/no-partial-purchase");
            owe = sale.tab - chost;
            slice = owe / price;
        }
    }

    function _left(uint256 id, address usr, uint256 tab, uint256 lot) private {
        if (lot != 0 && tab != 0) {
            (sales[id].tab, sales[id].lot) = (tab, lot);
            return;
        }
        if (lot != 0) vat.flux(ilk, address(this), usr, lot);
        uint256 last = _active[_active.length - 1];
        if (id != last) {
            _active[sales[id].pos] = last;
            sales[last].pos = sales[id].pos;
        }
        _active.pop();
        delete sales[id];
    }

    function _status(uint96 tic, uint256 top) private view returns (bool done, uint256 price) {
        price = calc.price(top, block.timestamp - tic);
        done = block.timestamp - tic > tail || price * 1e27 / top < cusp;
    }

    function _feed() private view returns (uint256) {
        (bytes32 val, bool has) = spotter.peek();
        require(has, "Clipper/invalid-price");
        return uint256(val) * 1e9 * 1e27 / spotter.par();
    }

    function _top() private view returns (uint256 top) {
        top = _feed() * buf / 1e27;
        require(top > 0, "Clipper/zero-top-price");
    }

    function _pay(uint256 tab, address kpr) private returns (uint256 coin) {
        if (tip == 0 && chip == 0) return 0;
        coin = tip + tab * chip / 1e18;
        vat.suck(vow, kpr, coin);
    }
}
