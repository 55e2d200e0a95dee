// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {AttemptSteps} from "./AttemptSteps.sol";
import {CallSteps} from "./CallSteps.sol";
import {ExecutorPolicy} from "./ExecutorPolicy.sol";
import {IWrappedNative} from "./Interfaces.sol";
import {LoanSteps} from "./LoanSteps.sol";
import {ManagerSteps} from "./ManagerSteps.sol";
import {PairSteps} from "./PairSteps.sol";
import {PoolSteps} from "./PoolSteps.sol";

/// @title Liquidates, exits and pays, in one transaction that either gains or reverts
/// @notice The executor owns nothing between transactions. An order names the tokens it moves; when it ends
/// 1. each of them is at or above what the executor held when the order began,
/// 2. the profit token is above it by at least the bid and the minimum profit,
/// 3. all that is above goes to the payout address, the bid to `block.coinbase`.
///
/// What an operator key cannot do, whoever holds it: change any setting; take tokens or ether that were here before its
/// order; leave an approval behind; call a contract, pool or lender the owner did not allow; bid more than `maxBidBps`.
/// What it can do: waste its own gas, and give away what its own order gained - bid `maxBidBps` of it to a block it
/// builds itself, or swap it at a bad price against a pool it has moved. It could have taken that gain without us.
///
/// @dev Steps are packed without padding (encoded by `src/execution/executor/encode.ts`); `op` is kind | flags:
/// each kind of step stands in a contract of its own, of which this one is made.
/// The body of a swap, LOAN, LEND or BORROW is again a step list; it runs when the tokens have arrived and before they are paid for.
/// So is the body of an ATTEMPT, which may fail alone.
/// `block.number` is the parent chain's on Arbitrum, where `deadlineBlock` does not bind: `deadlineTime` does everywhere.
contract LiquidationExecutor is
    CallSteps,
    LoanSteps,
    PoolSteps,
    PairSteps,
    ManagerSteps,
    AttemptSteps,
    ReentrancyGuardTransient
{
    using SafeERC20 for IERC20;
    using Address for address;
    using TransientSlot for *;

    struct Check {
        address target;
        bytes data;
        uint256 word;
        uint256 atLeast;
    }

    struct Order {
        uint256 deadlineBlock;
        uint256 deadlineTime;
        address profitToken;
        uint256 minProfit;
        uint256 bidBps;
        uint256 minBidWei;
        address[] tokens;
        Check check;
        bytes steps;
    }

    uint256 private constant KIND = 0x0f;
    uint256 private constant CALL = 0x01;
    uint256 private constant SWAP = 0x02;
    uint256 private constant LOAN = 0x03;
    uint256 private constant PAIR = 0x04;
    uint256 private constant MANAGED = 0x05;
    uint256 private constant UNWRAP = 0x06;
    uint256 private constant BORROW = 0x07;
    uint256 private constant LEND = 0x08;
    uint256 private constant ATTEMPT = 0x09;
    uint256 private constant EXPECT = 0x0a;

    /// @dev Enough for a builder's forwarding contract, too little to do harm.
    uint256 private constant BID_GAS = 30_000;

    /// @notice `gross` and `bid` in raw units of `profitToken`; `gross - bid` went to the payout address.
    event Executed(address indexed operator, address indexed profitToken, uint256 gross, uint256 bid);
    /// @notice Somebody else was faster; nothing was done.
    event AlreadyHealthy(address indexed operator);

    error Expired(uint256 deadline);
    error NotOperator(address caller);
    error ProfitTooLow(uint256 gross, uint256 bid);
    error BidTooHigh(uint256 bid);
    error BidRefused(address coinbase);

    constructor(Settings memory settings) ExecutorPolicy(settings) {}

    /// @notice Ether comes only from unwrapping, and from a Uniswap v4 manager while it is asked for it. Whoever unwraps
    /// passes on no more than 2,300 gas.
    receive() external payable {
        if (msg.sender != wrappedNative && msg.sender != PAYING.asAddress().tload()) revert BadAddress(msg.sender);
    }

    /// @notice Runs `order`, or reverts and leaves everything as it was; returns early, with zeros, when the check says
    /// that the position is healthy again.
    /// @return gross gain of the profit token
    /// @return bid share of it that went to `block.coinbase`
    function execute(Order calldata order) external returns (uint256 gross, uint256 bid) {
        if (block.number > order.deadlineBlock) revert Expired(order.deadlineBlock);
        if (block.timestamp > order.deadlineTime) revert Expired(order.deadlineTime);
        if (!isOperator[msg.sender]) revert NotOperator(msg.sender);
        return _execute(order);
    }

    /// @notice Takes out what does not belong here: gifts, airdrops, tokens of an order that did not list them.
    /// @param token zero for ether.
    function rescue(address token, address to, uint256 amount) external onlyOwner nonReentrant {
        if (token == address(0)) Address.sendValue(payable(to), amount);
        else IERC20(token).safeTransfer(to, amount);
    }

    function _execute(Order calldata order) private nonReentrant returns (uint256 gross, uint256 bid) {
        if (_healthy(order.check)) {
            emit AlreadyHealthy(msg.sender);
            return (0, 0);
        }
        if (order.minProfit == 0) revert BadOrder();
        address[] calldata tokens = order.tokens;
        for (uint256 i; i < tokens.length; ++i) {
            address token = tokens[i];
            _start(token).tstore(IERC20(token).balanceOf(address(this)) + 1);
        }
        _run(order.steps);
        return _finish(order);
    }

    function _finish(Order calldata order) private returns (uint256 gross, uint256 bid) {
        // side by side: they share a slot, which is read once
        (uint256 most, address to) = (maxBidBps, payout);
        address profitToken = order.profitToken;
        gross = _surplus(profitToken);
        bid = gross * order.bidBps / 10_000;
        if (bid < order.minBidWei) bid = order.minBidWei;
        if (bid > gross * most / 10_000) revert BidTooHigh(bid);
        if (gross - bid < order.minProfit) revert ProfitTooLow(gross, bid);
        if (bid != 0 && profitToken != wrappedNative) revert BadOrder();
        address[] calldata tokens = order.tokens;
        for (uint256 i; i < tokens.length; ++i) {
            address token = tokens[i];
            uint256 rest = token == profitToken && _isListed(token) ? gross - bid : _surplus(token);
            _start(token).tstore(0);
            if (rest != 0) IERC20(token).safeTransfer(to, rest);
        }
        emit Executed(msg.sender, profitToken, gross, bid);
        if (bid != 0) _payBid(bid);
    }

    /// @dev Return data is not copied and gas is bounded: the builder cannot make the call dear.
    function _payBid(uint256 bid) private {
        IWrappedNative(wrappedNative).withdraw(bid);
        address to = block.coinbase;
        bool paid;
        assembly ("memory-safe") {
            paid := call(BID_GAS, to, bid, 0, 0, 0, 0)
        }
        if (!paid) revert BidRefused(to);
    }

    function _run(bytes calldata steps) internal override {
        while (steps.length != 0) {
            uint256 op = uint8(steps[0]);
            uint256 kind = op & KIND;
            uint256 size;
            if (kind == CALL) size = _call(op, steps);
            else if (kind == SWAP) size = _swap(op, steps);
            else if (kind == LOAN) size = _loan(steps);
            else if (kind == ATTEMPT) size = _attempt(steps);
            else if (kind == EXPECT) size = _expect(op, steps);
            else if (kind == PAIR) size = _swapPair(op, steps);
            else if (kind == MANAGED) size = _swapManaged(op, steps);
            else if (kind == UNWRAP) size = _unwrap(op, steps);
            else if (kind == BORROW) size = _borrow(op, steps);
            else if (kind == LEND) size = _loanForNothing(steps);
            else revert BadOrder();
            steps = steps[size:];
        }
    }

    function _healthy(Check calldata check) private view returns (bool) {
        if (check.target == address(0)) return false;
        bytes memory answer = check.target.functionStaticCall(check.data);
        uint256 at = 32 * check.word;
        if (answer.length < at + 32) revert BadOrder();
        uint256 word;
        assembly ("memory-safe") {
            word := mload(add(add(answer, 32), at))
        }
        return word >= check.atLeast;
    }
}
