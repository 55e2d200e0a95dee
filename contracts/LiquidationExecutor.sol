// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {ExecutorPolicy} from "./ExecutorPolicy.sol";
import {IFlashLender, ISwapFactory, ISwapPool, IWrappedNative} from "./Interfaces.sol";
import {Packed} from "./Packed.sol";

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
/// CALL  op 1 | target 20 | length 3 | data | APPROVE: token 20, amount 16 | MUST_RETURN: word 32
/// SWAP  op 1 | pool 20 | tokenOut 20 | length 3 | tokenIn 20, maxIn 16, minOut 16, body
/// LOAN  op 1 | lender 20 | length 3 | token 20, amount 16, body
/// The body of SWAP and LOAN is again a step list; it runs when the tokens have arrived and before they are paid for.
/// `block.number` is the parent chain's on Arbitrum, where `deadlineBlock` does not bind: `deadlineTime` does everywhere.
contract LiquidationExecutor is ExecutorPolicy, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Address for address;
    using TransientSlot for *;
    using Packed for bytes;

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
    uint256 private constant APPROVE = 0x10;
    uint256 private constant MUST_RETURN = 0x20;
    uint256 private constant EXACT_OUT = 0x10;
    uint256 private constant ALL = 0x20;

    uint160 private constant MIN_SQRT_RATIO = 4295128739;
    uint160 private constant MAX_SQRT_RATIO = 1461446703485210103287273052203988822378723970342;
    /// @dev Enough for a builder's forwarding contract, too little to do harm.
    uint256 private constant BID_GAS = 30_000;
    /// @dev Transient: the hash of the one callback that is awaited. Start balances (plus one) use the token's address as slot.
    bytes32 private constant ARMED = keccak256("LiquidationExecutor.armed");

    /// @notice `gross` and `bid` in raw units of `profitToken`; `gross - bid` went to the payout address.
    event Executed(address indexed operator, address indexed profitToken, uint256 gross, uint256 bid);
    /// @notice Somebody else was faster; nothing was done.
    event AlreadyHealthy(address indexed operator);

    error Expired(uint256 deadline);
    error NotOperator(address caller);
    error BadOrder();
    error TokenNotListed(address token);
    error CallNotAllowed(address target, bytes4 selector);
    error WrongReturn(address target);
    error PoolNotAllowed(address pool);
    error LenderNotAllowed(address lender);
    error NotAwaited(address caller);
    error SlippageExceeded(address pool, uint256 paid, uint256 received);
    error BelowStart(address token);
    error ProfitTooLow(uint256 gross, uint256 bid);
    error BidTooHigh(uint256 bid);
    error BidRefused(address coinbase);

    constructor(Settings memory settings) ExecutorPolicy(settings) {}

    /// @notice Ether comes only from unwrapping the bid.
    receive() external payable {
        if (msg.sender != wrappedNative) revert BadAddress(msg.sender);
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

    /// @notice Uniswap v3's callback: the pool has paid out and awaits the input.
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata payload) external {
        _swapCallback(amount0, amount1, payload);
    }

    /// @notice The same under PancakeSwap's name.
    function pancakeV3SwapCallback(int256 amount0, int256 amount1, bytes calldata payload) external {
        _swapCallback(amount0, amount1, payload);
    }

    /// @notice Aave's callback: the loan has arrived; amount and premium are pulled after the return.
    function executeOperation(
        address asset,
        uint256 amount,
        uint256 premium,
        address initiator,
        bytes calldata payload
    ) external returns (bool) {
        _disarm(payload);
        if (initiator != address(this) || asset != payload.addressAt(0)) revert NotAwaited(msg.sender);
        _run(payload[36:]);
        IERC20(asset).forceApprove(msg.sender, amount + premium);
        return true;
    }

    function _execute(Order calldata order) private nonReentrant returns (uint256 gross, uint256 bid) {
        if (_healthy(order.check)) {
            emit AlreadyHealthy(msg.sender);
            return (0, 0);
        }
        if (order.minProfit == 0) revert BadOrder();
        for (uint256 i; i < order.tokens.length; ++i) {
            address token = order.tokens[i];
            _start(token).tstore(IERC20(token).balanceOf(address(this)) + 1);
        }
        _run(order.steps);
        return _finish(order);
    }

    function _finish(Order calldata order) private returns (uint256 gross, uint256 bid) {
        gross = _surplus(order.profitToken);
        bid = gross * order.bidBps / 10_000;
        if (bid < order.minBidWei) bid = order.minBidWei;
        if (bid > gross * maxBidBps / 10_000) revert BidTooHigh(bid);
        if (gross - bid < order.minProfit) revert ProfitTooLow(gross, bid);
        if (bid != 0 && order.profitToken != wrappedNative) revert BadOrder();
        for (uint256 i; i < order.tokens.length; ++i) {
            address token = order.tokens[i];
            uint256 rest = _surplus(token);
            if (token == order.profitToken) rest -= bid;
            _start(token).tstore(0);
            if (rest != 0) IERC20(token).safeTransfer(payout, rest);
        }
        emit Executed(msg.sender, order.profitToken, gross, bid);
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

    function _run(bytes calldata steps) private {
        while (steps.length != 0) {
            uint256 op = uint8(steps[0]);
            uint256 kind = op & KIND;
            uint256 size;
            if (kind == CALL) size = _call(op, steps);
            else if (kind == SWAP) size = _swap(op, steps);
            else if (kind == LOAN) size = _loan(steps);
            else revert BadOrder();
            steps = steps[size:];
        }
    }

    function _call(uint256 op, bytes calldata steps) private returns (uint256 size) {
        address target = steps.addressAt(1);
        size = 24 + steps.uint24At(21);
        bytes calldata data = steps[24:size];
        if (!isTarget[target][bytes4(data[:4])] || _start(target).tload() != 0) {
            revert CallNotAllowed(target, bytes4(data[:4]));
        }
        IERC20 token;
        if (op & APPROVE != 0) {
            token = IERC20(steps.addressAt(size));
            _requireListed(address(token));
            token.forceApprove(target, steps.uint128At(size + 20));
            size += 36;
        }
        bytes memory result = target.functionCall(data);
        if (op & MUST_RETURN != 0) {
            if (result.length < 32 || uint256(bytes32(result)) != steps.uint256At(size)) revert WrongReturn(target);
            size += 32;
        }
        if (op & APPROVE != 0) _clearApproval(token, target);
    }

    function _swap(uint256 op, bytes calldata steps) private returns (uint256 size) {
        address pool = steps.addressAt(1);
        size = 44 + steps.uint24At(41);
        bytes calldata payload = steps[44:size];
        address tokenIn = payload.addressAt(0);
        uint256 maxIn = payload.uint128At(20);
        uint256 minOut = payload.uint128At(36);
        if (maxIn == 0 || minOut == 0) revert BadOrder();
        _requirePool(pool, tokenIn, steps.addressAt(21));
        if (op & ALL != 0) maxIn = _surplus(tokenIn);
        bool zeroForOne = tokenIn < steps.addressAt(21);
        _arm(pool, payload);
        ISwapPool(pool).swap(
            address(this),
            zeroForOne,
            op & EXACT_OUT != 0 ? -int256(minOut) : int256(maxIn),
            zeroForOne ? MIN_SQRT_RATIO + 1 : MAX_SQRT_RATIO - 1,
            payload
        );
        _requireDisarmed(pool);
    }

    function _loan(bytes calldata steps) private returns (uint256 size) {
        address lender = steps.addressAt(1);
        size = 24 + steps.uint24At(21);
        bytes calldata payload = steps[24:size];
        address token = payload.addressAt(0);
        if (!isLender[lender]) revert LenderNotAllowed(lender);
        _requireListed(token);
        _arm(lender, payload);
        IFlashLender(lender).flashLoanSimple(address(this), token, payload.uint128At(20), payload, 0);
        _requireDisarmed(lender);
        _clearApproval(IERC20(token), lender);
    }

    /// @dev A positive delta is owed to the pool, a negative one was received. The pool is genuine (`_requirePool`), so
    /// its figures are; what a strange token does with them is seen by `_finish`.
    function _swapCallback(int256 amount0, int256 amount1, bytes calldata payload) private {
        _disarm(payload);
        (uint256 owed, uint256 received) =
            amount0 > 0 ? (uint256(amount0), uint256(-amount1)) : (uint256(amount1), uint256(-amount0));
        if (owed > payload.uint128At(20) || received < payload.uint128At(36)) {
            revert SlippageExceeded(msg.sender, owed, received);
        }
        _run(payload[52:]);
        IERC20(payload.addressAt(0)).safeTransfer(msg.sender, owed);
    }

    /// @dev Awaits exactly one callback, from `from`, with exactly `payload`. Bodies arm again only after it has come.
    function _arm(address from, bytes calldata payload) private {
        ARMED.asBytes32().tstore(keccak256(abi.encodePacked(from, payload)));
    }

    function _disarm(bytes calldata payload) private {
        if (ARMED.asBytes32().tload() != keccak256(abi.encodePacked(msg.sender, payload))) revert NotAwaited(msg.sender);
        ARMED.asBytes32().tstore(0);
    }

    function _requireDisarmed(address from) private view {
        if (ARMED.asBytes32().tload() != 0) revert NotAwaited(from);
    }

    /// @dev The pool names its factory; an allowed factory must know it under exactly these tokens.
    function _requirePool(address pool, address tokenIn, address tokenOut) private view {
        _requireListed(tokenIn);
        _requireListed(tokenOut);
        address factory = ISwapPool(pool).factory();
        if (!isFactory[factory] || ISwapFactory(factory).getPool(tokenIn, tokenOut, ISwapPool(pool).fee()) != pool) {
            revert PoolNotAllowed(pool);
        }
    }

    function _clearApproval(IERC20 token, address spender) private {
        if (token.allowance(address(this), spender) != 0) token.forceApprove(spender, 0);
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

    function _start(address token) private pure returns (TransientSlot.Uint256Slot) {
        return bytes32(uint256(uint160(token))).asUint256();
    }

    function _requireListed(address token) private view {
        if (_start(token).tload() == 0) revert TokenNotListed(token);
    }

    /// @dev What is here of `token` above what was here when the order began; reverts when it is less.
    function _surplus(address token) private view returns (uint256) {
        uint256 start = _start(token).tload();
        if (start == 0) revert TokenNotListed(token);
        uint256 now_ = IERC20(token).balanceOf(address(this)) + 1;
        if (now_ < start) revert BelowStart(token);
        return now_ - start;
    }
}
