// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ForbiddenSelectors} from "./ForbiddenSelectors.sol";

/// @title What the owner of the executor decides, and nobody else
/// @notice Operators order; the owner decides whom orders may touch and where the money goes. Owner and operators are
/// different keys; the owner can be a multisig. Ownership moves in two steps.
abstract contract ExecutorPolicy is Ownable2Step {
    /// @notice A function of a contract that CALL steps may use.
    struct Target {
        address target;
        bytes4 selector;
    }

    /// @notice Initial lists, so that one transaction leaves a working executor behind.
    struct Settings {
        address owner;
        address payout;
        address wrappedNative;
        uint16 maxBidBps;
        address[] operators;
        address[] factories;
        address[] lenders;
        Target[] targets;
    }

    /// @notice No owner can allow more than this share of an order's gain to go to `block.coinbase`.
    uint256 public constant BID_BPS_CAP = 9_900;

    /// @notice The only token that can be turned into a bid.
    address public immutable wrappedNative;
    /// @notice Where every order's surplus goes.
    address public payout;
    /// @notice Largest share of an order's gain that may be bid, basis points.
    uint16 public maxBidBps;
    mapping(address operator => bool) public isOperator;
    mapping(address target => mapping(bytes4 selector => bool)) public isTarget;
    /// @notice Factories whose pools are taken to be Uniswap v3 pools: `getPool` is the proof.
    mapping(address factory => bool) public isFactory;
    /// @notice Aave v3 pools, and Morpho, that may lend and call back.
    mapping(address lender => bool) public isLender;

    event PayoutSet(address indexed payout);
    event MaxBidSet(uint256 bps);
    event OperatorSet(address indexed operator, bool allowed);
    event TargetSet(address indexed target, bytes4 indexed selector, bool allowed);
    event FactorySet(address indexed factory, bool allowed);
    event LenderSet(address indexed lender, bool allowed);

    error BadAddress(address given);
    error BidCapExceeded(uint256 bps);
    error ForbiddenSelector(bytes4 selector);

    constructor(Settings memory settings) Ownable(settings.owner) {
        if (settings.wrappedNative.code.length == 0) revert BadAddress(settings.wrappedNative);
        wrappedNative = settings.wrappedNative;
        _setPayout(settings.payout);
        _setMaxBid(settings.maxBidBps);
        for (uint256 i; i < settings.operators.length; ++i) _setOperator(settings.operators[i], true);
        for (uint256 i; i < settings.factories.length; ++i) _setFactory(settings.factories[i], true);
        for (uint256 i; i < settings.lenders.length; ++i) _setLender(settings.lenders[i], true);
        for (uint256 i; i < settings.targets.length; ++i) {
            _setTarget(settings.targets[i].target, settings.targets[i].selector, true);
        }
    }

    function setPayout(address to) external onlyOwner {
        _setPayout(to);
    }

    function setMaxBid(uint16 bps) external onlyOwner {
        _setMaxBid(bps);
    }

    function setOperator(address operator, bool allowed) external onlyOwner {
        _setOperator(operator, allowed);
    }

    /// @notice Allows a function whose proceeds go to its caller. One that names a recipient in its arguments would let
    /// an operator send the proceeds anywhere: do not allow it.
    function setTarget(address target, bytes4 selector, bool allowed) external onlyOwner {
        _setTarget(target, selector, allowed);
    }

    function setFactory(address factory, bool allowed) external onlyOwner {
        _setFactory(factory, allowed);
    }

    function setLender(address lender, bool allowed) external onlyOwner {
        _setLender(lender, allowed);
    }

    function _setPayout(address to) private {
        if (to == address(0) || to == address(this)) revert BadAddress(to);
        payout = to;
        emit PayoutSet(to);
    }

    function _setMaxBid(uint16 bps) private {
        if (bps > BID_BPS_CAP) revert BidCapExceeded(bps);
        maxBidBps = bps;
        emit MaxBidSet(bps);
    }

    function _setOperator(address operator, bool allowed) private {
        isOperator[operator] = allowed;
        emit OperatorSet(operator, allowed);
    }

    function _setTarget(address target, bytes4 selector, bool allowed) private {
        if (allowed && ForbiddenSelectors.contains(selector)) revert ForbiddenSelector(selector);
        if (target == address(this) || target == wrappedNative) revert BadAddress(target);
        isTarget[target][selector] = allowed;
        emit TargetSet(target, selector, allowed);
    }

    function _setFactory(address factory, bool allowed) private {
        isFactory[factory] = allowed;
        emit FactorySet(factory, allowed);
    }

    function _setLender(address lender, bool allowed) private {
        isLender[lender] = allowed;
        emit LenderSet(lender, allowed);
    }
}
