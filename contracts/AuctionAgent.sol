// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {AgentPolicy} from "./AgentPolicy.sol";

/// @title Holds bid capital and won tokens, and takes part in a protocol's auctions with them
/// @notice An English auction locks what is bid until somebody bids more or the auction ends, so it cannot be paid with a
/// loan: unlike the executor, this contract owns something between transactions.
///
/// What an operator key cannot do, whoever holds it: withdraw; change a setting; leave an approval behind; call a function
/// that the owner did not allow, or one that sends something to anybody but the agent; take more out of a holding than its
/// limits per run and per day; sell below the owner's floor, or for anything but the floor's token.
/// What it can do: bid badly or sell at the floor, up to the day's limit. Around midnight UTC two days' limits are open.
///
/// Two kinds of holding, and each is accounted for by what its inflows mean. What is bid with (no floor) may come back: a
/// run's sums are compared, and a refund makes room again. What is won (with a floor) may only be sold, by a call that is
/// alone in its run and counts with the amount it names: tokens that arrive meanwhile (anybody may settle an auction) hide
/// nothing of it.
contract AuctionAgent is AgentPolicy, ReentrancyGuardTransient {
    using Address for address;

    struct Call {
        address target;
        bytes data;
    }

    /// @dev `mark`: the sum when the last run ended; what is above it when the next one begins has come back from outside.
    struct Spending {
        uint256 day;
        uint256 spent;
        uint256 mark;
    }

    /// @dev What a run sells: units of the holding, as the call itself names them.
    struct Sale {
        bool isOne;
        uint256 holding;
        uint256 amount;
    }

    mapping(uint256 holding => Spending) private _spending;

    event Ran(address indexed operator, uint256 calls);

    error NotOperator(address caller);
    error Expired(uint256 deadline);
    error RunLimit(uint256 holding, uint256 taken, uint256 limit);
    error DayLimit(uint256 holding, uint256 spent, uint256 limit);
    /// A sale shares its run with other calls.
    error SaleNotAlone(address target);
    /// What is given for others is in no holding, or in one without a floor.
    error NotForSale(uint256 tokenIn);
    /// Taken for it is something else than the token that the floor is told in.
    error NotTheFloorsToken(uint256 tokenOut);
    /// A holding with a floor shrank without a sale, or one shrank beside what was sold.
    error NotSold(uint256 holding);
    error BelowFloor(uint256 holding, uint256 taken, uint256 gained);

    constructor(address owner_, address[] memory operators) AgentPolicy(owner_) {
        for (uint256 i; i < operators.length; ++i) {
            isOperator[operators[i]] = true;
            emit OperatorSet(operators[i], true);
        }
    }

    /// @notice Runs the calls in order, all or none, and then accounts for every holding.
    /// `block.number` is the parent chain's on Arbitrum, where only `deadlineTime` binds.
    function run(uint256 deadlineBlock, uint256 deadlineTime, Call[] calldata calls) external nonReentrant {
        if (!isOperator[msg.sender]) revert NotOperator(msg.sender);
        if (block.number > deadlineBlock) revert Expired(deadlineBlock);
        if (block.timestamp > deadlineTime) revert Expired(deadlineTime);
        uint256[] memory before = _sums();
        Sale memory sale;
        for (uint256 i; i < calls.length; ++i) {
            Rule memory rule = _requireAllowed(calls[i].target, calls[i].data);
            if (rule.isSale) {
                if (calls.length != 1) revert SaleNotAlone(calls[i].target);
                sale = _saleOf(rule, calls[i].data);
            }
            calls[i].target.functionCall(calls[i].data);
        }
        _account(before, _sums(), sale);
        emit Ran(msg.sender, calls.length);
    }

    /// @notice Sum of a holding, what one run may take of it, and what is left of the day's limit.
    function standing(uint256 id) external view returns (uint256 sum, uint256 perRun, uint256 left) {
        sum = _sum(id);
        perRun = _holdings[id].perRun;
        uint256 spent = _spentBefore(id, sum);
        uint256 perDay = _holdings[id].perDay;
        left = perDay > spent ? perDay - spent : 0;
    }

    /// @dev What a call says that it sells. The words are compared whole: an address with other bits above it is no holding's.
    function _saleOf(Rule memory rule, bytes calldata data) private view returns (Sale memory sale) {
        uint256 tokenIn = _word(data, rule.tokenIn);
        (bool held, uint256 id, uint256 scale) = _find(tokenIn);
        if (!held || _holdings[id].floorRate == 0) revert NotForSale(tokenIn);
        uint256 tokenOut = _word(data, rule.tokenOut);
        (bool known, uint256 to,) = _find(tokenOut);
        if (!known || to != _holdings[id].floorTo) revert NotTheFloorsToken(tokenOut);
        return Sale({isOne: true, holding: id, amount: _word(data, rule.amountIn) * scale});
    }

    /// @dev The holding in which a contract is one of the pots. Only the wallet's pot is a token, and only tokens are sold.
    function _find(uint256 token) private view returns (bool found, uint256 id, uint256 scale) {
        for (; id < _holdings.length; ++id) {
            Pot[] storage pots = _holdings[id].pots;
            for (uint256 i; i < pots.length; ++i) {
                if (uint160(pots[i].target) == token) return (true, id, pots[i].scale);
            }
        }
    }

    function _account(uint256[] memory before, uint256[] memory after_, Sale memory sale) private {
        for (uint256 id; id < before.length; ++id) {
            uint256 spent = _spentBefore(id, before[id]);
            bool sold = sale.isOne && sale.holding == id;
            uint256 taken = after_[id] < before[id] ? before[id] - after_[id] : 0;
            if (sold && sale.amount > taken) taken = sale.amount;
            if (taken != 0) {
                Holding storage holding = _holdings[id];
                if (!sold && (sale.isOne || holding.floorRate != 0)) revert NotSold(id);
                if (taken > holding.perRun) revert RunLimit(id, taken, holding.perRun);
                spent += taken;
                if (spent > holding.perDay) revert DayLimit(id, spent, holding.perDay);
                if (sold) _requireFloor(id, taken, before, after_);
            }
            _spending[id] = Spending(block.timestamp / 1 days, spent, after_[id]);
        }
    }

    function _requireFloor(uint256 id, uint256 taken, uint256[] memory before, uint256[] memory after_) private view {
        uint256 to = _holdings[id].floorTo;
        uint256 gained = after_[to] > before[to] ? after_[to] - before[to] : 0;
        if (gained * 1e18 < taken * _holdings[id].floorRate) revert BelowFloor(id, taken, gained);
    }

    /// @dev Spent today when a run begins with `sum`: refunds that came in since the last run are taken off. What arrives of
    /// something that is sold is no refund.
    function _spentBefore(uint256 id, uint256 sum) private view returns (uint256) {
        Spending memory last = _spending[id];
        if (last.day != block.timestamp / 1 days) return 0;
        uint256 back = sum > last.mark && _holdings[id].floorRate == 0 ? sum - last.mark : 0;
        return last.spent > back ? last.spent - back : 0;
    }

    function _sums() private view returns (uint256[] memory sums) {
        sums = new uint256[](_holdings.length);
        for (uint256 id; id < sums.length; ++id) sums[id] = _sum(id);
    }

    function _sum(uint256 id) private view returns (uint256 sum) {
        Pot[] storage pots = _holdings[id].pots;
        for (uint256 i; i < pots.length; ++i) {
            bytes memory answer = pots[i].target.functionStaticCall(pots[i].query);
            sum += abi.decode(answer, (uint256)) * pots[i].scale;
        }
    }
}
