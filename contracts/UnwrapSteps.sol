// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ExecutorCore} from "./ExecutorCore.sol";
import {IUnwrapped, IVault} from "./Interfaces.sol";
import {Packed} from "./Packed.sol";

/// @title UNWRAP steps: a token that stands for another is given back for it
/// @dev UNWRAP  op 1 | wrapper 20 | tokenOut 20 | amount 16 | minOut 16      0x10: `redeem`, else `unwrap`; 0x20: all
/// The wrapper is itself a token of the order, so that what was here of it before the order stays here. The recipient is
/// always the executor: CALL steps, whose arguments an operator chooses, cannot reach these functions.
abstract contract UnwrapSteps is ExecutorCore {
    using Packed for bytes;

    uint256 private constant REDEEM = 0x10;

    function _unwrap(uint256 op, bytes calldata steps) internal returns (uint256 size) {
        size = 73;
        address wrapper = steps.addressAt(1);
        address tokenOut = steps.addressAt(21);
        uint256 minOut = steps.uint128At(57);
        bytes4 selector = op & REDEEM != 0 ? IVault.redeem.selector : IUnwrapped.unwrap.selector;
        if (!isTarget[wrapper][selector]) revert CallNotAllowed(wrapper, selector);
        _requireListed(wrapper);
        uint256 amount = op & ALL != 0 ? _surplus(wrapper) : steps.uint128At(41);
        if (amount == 0 || minOut == 0) revert BadOrder();
        uint256 before = _surplus(tokenOut);
        if (op & REDEEM != 0) IVault(wrapper).redeem(amount, address(this), address(this));
        else IUnwrapped(wrapper).unwrap(amount);
        uint256 received = _surplus(tokenOut) - before;
        if (received < minOut) revert SlippageExceeded(wrapper, amount, received);
    }

    /// @dev Functions that only `_unwrap` calls.
    function _isUnwrap(bytes4 selector) internal pure returns (bool) {
        return selector == IVault.redeem.selector || selector == IUnwrapped.unwrap.selector;
    }
}
