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
/// limits per run and per day; sell below the owner's floor.
/// What it can do: bid badly or sell at the floor, up to the day's limit. Around midnight UTC two days' limits are open.
/// Known hole: sums are compared before and after a whole run, so what comes in during it (a settled auction's tokens) hides
/// what leaves in it, and a sale of that passes limits and floor.
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

    mapping(uint256 holding => Spending) private _spending;

    event Ran(address indexed operator, uint256 calls);

    error NotOperator(address caller);
    error Expired(uint256 deadline);
    error RunLimit(uint256 holding, uint256 taken, uint256 limit);
    error DayLimit(uint256 holding, uint256 spent, uint256 limit);
    error SaleNotAlone(uint256 holding, uint256 other);
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
        for (uint256 i; i < calls.length; ++i) {
            _requireAllowed(calls[i].target, calls[i].data);
            calls[i].target.functionCall(calls[i].data);
        }
        _account(before, _sums());
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

    function _account(uint256[] memory before, uint256[] memory after_) private {
        for (uint256 id; id < before.length; ++id) {
            uint256 spent = _spentBefore(id, before[id]);
            if (after_[id] < before[id]) {
                uint256 taken = before[id] - after_[id];
                Holding storage holding = _holdings[id];
                if (taken > holding.perRun) revert RunLimit(id, taken, holding.perRun);
                spent += taken;
                if (spent > holding.perDay) revert DayLimit(id, spent, holding.perDay);
                _requireFloor(id, taken, before, after_);
            }
            _spending[id] = Spending(block.timestamp / 1 days, spent, after_[id]);
        }
    }

    /// @dev What is sold must be all that leaves: gains that another holding paid for would hide a bad price.
    function _requireFloor(uint256 id, uint256 taken, uint256[] memory before, uint256[] memory after_) private view {
        uint256 rate = _holdings[id].floorRate;
        if (rate == 0) return;
        for (uint256 other; other < before.length; ++other) {
            if (other != id && after_[other] < before[other]) revert SaleNotAlone(id, other);
        }
        uint256 to = _holdings[id].floorTo;
        uint256 gained = after_[to] > before[to] ? after_[to] - before[to] : 0;
        if (gained * 1e18 < taken * rate) revert BelowFloor(id, taken, gained);
    }

    /// @dev Spent today when a run begins with `sum`: refunds that came in since the last run are taken off.
    function _spentBefore(uint256 id, uint256 sum) private view returns (uint256) {
        Spending memory last = _spending[id];
        if (last.day != block.timestamp / 1 days) return 0;
        uint256 back = sum > last.mark ? sum - last.mark : 0;
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
