// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice What the taker calls of Maker, and nothing else of it.
interface IVat {
    function hope(address account) external;
    function dai(address account) external view returns (uint256 rad);
    function gem(bytes32 ilk, address account) external view returns (uint256 wad);
}

interface IClip {
    function vat() external view returns (address);
    function ilk() external view returns (bytes32);
    function take(uint256 id, uint256 amt, uint256 max, address who, bytes calldata data) external;
}

interface IDaiJoin {
    function vat() external view returns (address);
    function dai() external view returns (address);
    function join(address usr, uint256 wad) external;
    function exit(address usr, uint256 wad) external;
}

interface IGemJoin {
    function vat() external view returns (address);
    function ilk() external view returns (bytes32);
    function dec() external view returns (uint256);
    function exit(address usr, uint256 amount) external;
}

/// @title Buys from one Clipper with the caller's coins, for the caller
/// @notice A Clipper is paid inside the Vat, from whoever calls it, and names a recipient. An executor that were allowed to do this
/// itself would have to trust its operator with `vat.hope` and with the recipient. This contract does it instead: what it is given
/// it joins, what it buys and what it does not need goes back to who called, in the same call.
///
/// It has no owner, no setting and no memory, and serves anybody: between calls it owns nothing but dust below one unit of a token
/// inside the Vat, which the next caller may have. Nobody can make it send to anyone but the caller.
contract ClipTaker is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint256 private constant RAY = 1e27;

    IVat public immutable vat;
    IClip public immutable clip;
    IDaiJoin public immutable coinJoin;
    IGemJoin public immutable collateralJoin;
    IERC20 public immutable coin;
    bytes32 public immutable ilk;
    /// @dev Units of the Vat in one raw unit of the collateral: 1 for 18 decimals.
    uint256 private immutable _unit;

    error NotOfOneVat();

    constructor(IClip clip_, IGemJoin collateralJoin_, IDaiJoin coinJoin_) {
        address books = clip_.vat();
        if (collateralJoin_.vat() != books || coinJoin_.vat() != books || collateralJoin_.ilk() != clip_.ilk()) {
            revert NotOfOneVat();
        }
        (vat, clip, coinJoin, collateralJoin) = (IVat(books), clip_, coinJoin_, collateralJoin_);
        (coin, ilk) = (IERC20(coinJoin_.dai()), clip_.ilk());
        _unit = 10 ** (18 - collateralJoin_.dec());
        vat.hope(address(clip_));
        vat.hope(address(coinJoin_));
        coin.forceApprove(address(coinJoin_), type(uint256).max);
    }

    /// @notice `Clipper.take` of at most `amt` (wad) at no more than `max` (ray), paid with at most `pay` of the caller's coins,
    /// which must be approved. Reverts as the Clipper does, and when `pay` does not reach.
    /// @return paid coins that were used; the rest went back.
    /// @return got raw units of collateral that went to the caller.
    function take(uint256 id, uint256 amt, uint256 max, uint256 pay)
        external
        nonReentrant
        returns (uint256 paid, uint256 got)
    {
        coin.safeTransferFrom(msg.sender, address(this), pay);
        coinJoin.join(address(this), pay);
        // no data: the Clipper calls nobody back
        clip.take(id, amt, max, address(this), "");
        got = vat.gem(ilk, address(this)) / _unit;
        collateralJoin.exit(msg.sender, got);
        uint256 rest = vat.dai(address(this)) / RAY;
        if (rest != 0) coinJoin.exit(msg.sender, rest);
        paid = pay > rest ? pay - rest : 0;
    }
}
