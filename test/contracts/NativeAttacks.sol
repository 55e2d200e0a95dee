// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IPoolManager} from "../../contracts/Interfaces.sol";
import {Puppet} from "./ExecutorAttacks.sol";

interface IEtherCallback {
    function unlockCallback(bytes calldata) external returns (bytes memory);
}

/// @notice A v4 manager on the owner's list that has turned bad: it trades one for one, pays another amount of ether than it
/// says, sends some when nobody asked, and calls out from wherever it is told to.
contract EtherManager is Puppet {
    enum Moment {
        Never,
        Unlock,
        Take,
        Settle
    }

    /// @notice When ether is sent out of turn, and when the hook is called.
    Moment public moment;
    /// @notice Of what it should pay, what it pays.
    uint256 public paysBps = 10_000;
    bool public refused;

    receive() external payable {}

    function plan(Moment moment_, uint256 paysBps_) external {
        (moment, paysBps, refused) = (moment_, paysBps_, false);
    }

    /// @notice Sends ether to whom it likes, as a target of an order may ask it to in the middle of one.
    function send(address to) external {
        (bool sent, bytes memory answer) = to.call{value: 1}("");
        if (!sent) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function unlock(bytes calldata data) external returns (bytes memory) {
        _outOfTurn(Moment.Unlock);
        return IEtherCallback(msg.sender).unlockCallback(data);
    }

    function swap(IPoolManager.PoolKey calldata, IPoolManager.SwapParams calldata params, bytes calldata)
        external
        pure
        returns (int256)
    {
        int256 size = params.amountSpecified < 0 ? -params.amountSpecified : params.amountSpecified;
        (int256 amount0, int256 amount1) = params.zeroForOne ? (-size, size) : (size, -size);
        return (amount0 << 128) | int256(uint256(uint128(int128(amount1))));
    }

    function take(address currency, address to, uint256 amount) external {
        require(currency == address(0), "ether only");
        if (moment == Moment.Take) _hook();
        (bool paid,) = to.call{value: amount * paysBps / 10_000}("");
        require(paid, "not taken");
    }

    function sync(address) external {}

    function settle() external payable returns (uint256) {
        _outOfTurn(Moment.Settle);
        return msg.value;
    }

    function _outOfTurn(Moment at) private {
        if (moment != at) return;
        _hook();
        (bool sent,) = msg.sender.call{value: 1}("");
        refused = !sent;
    }
}
