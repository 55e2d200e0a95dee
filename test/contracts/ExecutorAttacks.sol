// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ExecutorCore} from "../../contracts/ExecutorCore.sol";
import {LiquidationExecutor} from "../../contracts/LiquidationExecutor.sol";

// The attackers of the executor's tests. Each does its worst through `hook` and remembers how that ended.

interface IAttackedToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

interface IAttackedPool {
    function swap(address, bool, int256, uint160, bytes calldata) external returns (int256, int256);
}

interface IAttackedExecutor {
    function executeOperation(address, uint256, uint256, address, bytes calldata) external returns (bool);
    function uniswapV3SwapCallback(int256, int256, bytes calldata) external;
    function attempt(bytes calldata) external;
}

/// @notice Makes one call when told to, and keeps what came of it.
abstract contract Puppet {
    address public hookTarget;
    bytes public hookData;
    bool public hooked;
    bool public hookSucceeded;
    bytes public hookAnswer;

    function setHook(address target, bytes calldata data) external {
        (hookTarget, hookData, hooked, hookSucceeded) = (target, data, false, false);
        delete hookAnswer;
    }

    function _hook() internal {
        if (hookTarget == address(0) || hooked) return;
        hooked = true;
        (hookSucceeded, hookAnswer) = hookTarget.call(hookData);
    }
}

/// @notice A token that takes a fee from every transfer and calls out in the middle of it, if so told.
contract HostileToken is Puppet {
    uint8 public constant decimals = 18;
    uint256 public feeBps;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function setFee(uint256 bps) external {
        feeBps = bps;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount - amount * feeBps / 10_000;
        _hook();
        return true;
    }
}

/// @notice Says it is a pool of a factory that never made it, and asks for the input without giving the output.
contract FakePool {
    address public factory;
    uint24 public fee;
    address private immutable wanted;

    constructor(address factory_, uint24 fee_, address wanted_) {
        (factory, fee, wanted) = (factory_, fee_, wanted_);
    }

    /// @dev As the factory of itself.
    function getPool(address, address, uint24) external view returns (address) {
        return address(this);
    }

    function swap(address, bool zeroForOne, int256 amount, uint160, bytes calldata data) external returns (int256, int256) {
        (int256 a, int256 b) = zeroForOne ? (amount, -amount) : (-amount, amount);
        IAttackedExecutor(msg.sender).uniswapV3SwapCallback(a, b, data);
        return (a, b);
    }
}

/// @notice A lender on the owner's list that has turned bad.
contract HostileLender {
    enum Mode {
        Honest,
        Silent,
        Twice,
        OtherPayload,
        OtherInitiator,
        OtherAsset,
        Greedy,
        AsAttempt
    }

    Mode public mode;
    address public otherAsset;

    function setMode(Mode mode_, address otherAsset_) external {
        (mode, otherAsset) = (mode_, otherAsset_);
    }

    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16) external {
        if (mode == Mode.Silent) return;
        IAttackedToken(asset).transfer(receiver, amount);
        if (mode == Mode.AsAttempt) return IAttackedExecutor(receiver).attempt(params);
        bytes memory payload = mode == Mode.OtherPayload ? bytes.concat(params, hex"00") : params;
        address initiator = mode == Mode.OtherInitiator ? address(this) : receiver;
        address named = mode == Mode.OtherAsset ? otherAsset : asset;
        IAttackedExecutor(receiver).executeOperation(named, amount, 0, initiator, payload);
        if (mode == Mode.Twice) IAttackedExecutor(receiver).executeOperation(named, amount, 0, initiator, payload);
        IAttackedToken(asset).transferFrom(receiver, address(this), mode == Mode.Greedy ? amount + 1 : amount);
    }
}

/// @notice Stands where a market stands in an order: takes one token, gives another, and calls out on the way.
contract HostileTarget is Puppet {
    function trade(address takes, uint256 taken, address gives, uint256 given) external returns (uint256) {
        if (taken != 0) IAttackedToken(takes).transferFrom(msg.sender, address(this), taken);
        _hook();
        if (given != 0) IAttackedToken(gives).transfer(msg.sender, given);
        return 7;
    }

    /// @notice Fails in the ways that are dear to whoever called.
    function fail(bool burning, uint256 length) external pure {
        while (burning) {}
        assembly {
            revert(0, length)
        }
    }

    /// @notice Spends what an earlier call may have left approved.
    function pull(address token, address from, uint256 amount) external {
        IAttackedToken(token).transferFrom(from, address(this), amount);
    }
}

/// @notice A block builder whose fee recipient is a contract. It has too little gas to remember anything: where its
/// attack is not refused as it must be, it refuses the bid.
contract HostileBuilder {
    enum Attack {
        None,
        Execute,
        Loan,
        Swap
    }

    LiquidationExecutor private immutable executor;
    Attack public attack;
    bool public refuses;
    uint64 public burns;

    constructor(address payable executor_) {
        executor = LiquidationExecutor(executor_);
    }

    function setHabits(Attack attack_, bool refuses_, uint64 burns_) external {
        (attack, refuses, burns) = (attack_, refuses_, burns_);
    }

    receive() external payable {
        require(!refuses, "no thanks");
        uint256 start = gasleft();
        while (start - gasleft() < burns) {}
        if (attack == Attack.Execute) {
            LiquidationExecutor.Order memory order;
            order.deadlineBlock = block.number;
            order.deadlineTime = block.timestamp;
            try executor.execute(order) {
                revert("let in");
            } catch (bytes memory why) {
                require(bytes4(why) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "let in");
            }
        } else if (attack == Attack.Loan) {
            try executor.executeOperation(address(this), 1, 0, address(executor), new bytes(36)) {
                revert("let in");
            } catch (bytes memory why) {
                require(bytes4(why) == ExecutorCore.NotAwaited.selector, "let in");
            }
        } else if (attack == Attack.Swap) {
            try executor.uniswapV3SwapCallback(1, -1, new bytes(52)) {
                revert("let in");
            } catch (bytes memory why) {
                require(bytes4(why) == ExecutorCore.NotAwaited.selector, "let in");
            }
        }
    }
}

/// @notice The cheapest swap there is: straight to the pool, paid in the callback from its own balance.
contract BareSwapper {
    address private immutable token0;
    address private immutable token1;

    constructor(address token0_, address token1_) {
        (token0, token1) = (token0_, token1_);
    }

    function swap(address pool, bool zeroForOne, int256 amount, uint160 limit) external {
        IAttackedPool(pool).swap(msg.sender, zeroForOne, amount, limit, "");
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        (address token, int256 owed) = amount0 > 0 ? (token0, amount0) : (token1, amount1);
        IAttackedToken(token).transfer(msg.sender, uint256(owed));
    }
}

/// @notice Runs many calls as one sender in one transaction: an operator that is a contract.
contract Batcher {
    function run(address[] calldata targets, bytes[] calldata data) external {
        for (uint256 i; i < targets.length; ++i) {
            (bool ok, bytes memory answer) = targets[i].call(data[i]);
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(answer, 32), mload(answer))
                }
            }
        }
    }
}
