// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ForbiddenSelectors} from "./ForbiddenSelectors.sol";

/// @title What the owner of the auction agent decides, and nobody else
/// @notice Which functions operators may call, how much of each holding may leave in one run and in one day, and every
/// withdrawal and approval. Owner and operators are different keys; ownership moves in two steps.
abstract contract AgentPolicy is Ownable2Step {
    using SafeERC20 for IERC20;
    using Address for address;

    /// @notice One place where a token lies: a balance that `query` reads from `target`, times `scale`.
    struct Pot {
        address target;
        bytes query;
        uint256 scale;
    }

    /// @notice A token with all its pots (in the wallet, inside a protocol's own ledger), counted as one sum.
    struct Holding {
        Pot[] pots;
        /// Most that one run may take from the sum.
        uint256 perRun;
        /// Most that may be gone within one UTC day. Of what is bid, what came back is taken off; what is sold stays gone.
        uint256 perDay;
        /// What may be sold: holding that must grow by at least `floorRate` / 1e18 for each unit. Rate 0: not to be sold.
        uint256 floorTo;
        uint256 floorRate;
    }

    /// @notice What operators may do with one function. Arguments are counted in words, and static ones only: a word behind
    /// an offset could be moved.
    struct Rule {
        bool allowed;
        /// It gives tokens of a holding for others: the words below name what is given, what is taken, and how much is given.
        bool isSale;
        uint8 tokenIn;
        uint8 tokenOut;
        uint8 amountIn;
        /// Bit i: argument word i must be the agent itself.
        uint128 selfArguments;
    }

    mapping(address target => mapping(bytes4 selector => Rule)) public ruleOf;
    mapping(address operator => bool) public isOperator;
    Holding[] internal _holdings;

    event OperatorSet(address indexed operator, bool allowed);
    event CallSet(address indexed target, bytes4 indexed selector, Rule rule);
    event HoldingSet(uint256 indexed id, uint256 perRun, uint256 perDay, uint256 floorTo, uint256 floorRate);
    event Withdrawn(address indexed token, address indexed to, uint256 amount);

    error ForbiddenSelector(bytes4 selector);
    error CallNotAllowed(address target, bytes4 selector);
    error NotToTheAgent(address target, uint256 argument);
    error BadFloor(uint256 floorTo);

    constructor(address owner_) Ownable(owner_) {}

    function setOperator(address operator, bool allowed) external onlyOwner {
        isOperator[operator] = allowed;
        emit OperatorSet(operator, allowed);
    }

    /// @notice Allows a function, or no longer. Every argument that says who receives something must be among
    /// `selfArguments`, and whatever sells must be marked as a sale.
    function setCall(address target, bytes4 selector, Rule calldata rule) external onlyOwner {
        if (rule.allowed && ForbiddenSelectors.contains(selector)) revert ForbiddenSelector(selector);
        ruleOf[target][selector] = rule;
        emit CallSet(target, selector, rule);
    }

    /// @notice Adds a holding. A token that has none is not limited: approve nothing that is in no holding.
    function addHolding(Holding calldata holding) external onlyOwner returns (uint256 id) {
        id = _holdings.length;
        _holdings.push(holding);
        _checkFloor(holding.floorTo, holding.floorRate);
        emit HoldingSet(id, holding.perRun, holding.perDay, holding.floorTo, holding.floorRate);
    }

    function setLimits(uint256 id, uint256 perRun, uint256 perDay, uint256 floorTo, uint256 floorRate)
        external
        onlyOwner
    {
        Holding storage holding = _holdings[id];
        (holding.perRun, holding.perDay, holding.floorTo, holding.floorRate) = (perRun, perDay, floorTo, floorRate);
        _checkFloor(floorTo, floorRate);
        emit HoldingSet(id, perRun, perDay, floorTo, floorRate);
    }

    function approve(IERC20 token, address spender, uint256 amount) external onlyOwner {
        token.forceApprove(spender, amount);
    }

    /// @notice Sends tokens away; nobody but the owner can.
    function withdraw(IERC20 token, address to, uint256 amount) external onlyOwner {
        token.safeTransfer(to, amount);
        emit Withdrawn(address(token), to, amount);
    }

    /// @notice Any other call in the agent's name: rights inside a protocol's ledger, balances that lie in one.
    function asOwner(address target, bytes calldata data) external onlyOwner returns (bytes memory) {
        return target.functionCall(data);
    }

    function holdings() external view returns (Holding[] memory) {
        return _holdings;
    }

    function _checkFloor(uint256 floorTo, uint256 floorRate) private view {
        if (floorRate != 0 && floorTo >= _holdings.length) revert BadFloor(floorTo);
    }

    /// @dev Reverts unless the owner allowed this function and every recipient in it is the agent.
    function _requireAllowed(address target, bytes calldata data) internal view returns (Rule memory rule) {
        bytes4 selector = bytes4(data[:4]);
        rule = ruleOf[target][selector];
        if (!rule.allowed) revert CallNotAllowed(target, selector);
        uint256 self = rule.selfArguments;
        for (uint256 i; self != 0; (++i, self >>= 1)) {
            if (self & 1 != 0 && _word(data, i) != uint160(address(this))) revert NotToTheAgent(target, i);
        }
    }

    /// @dev Argument word `i` of a call; reverts where the call is shorter.
    function _word(bytes calldata data, uint256 i) internal pure returns (uint256) {
        return uint256(bytes32(data[4 + 32 * i:36 + 32 * i]));
    }
}
