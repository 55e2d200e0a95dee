// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Packed} from "./Packed.sol";
import {UnwrapSteps} from "./UnwrapSteps.sol";

/// @title CALL steps: functions that the owner has allowed, with an approval that is exact before and zero after
/// @dev CALL  op 1 | target 20 | length 3 | data | APPROVE: token 20, amount 16 | SPEND: argument 1 | MUST_RETURN: word 32
/// SPEND: all that the order has of the approved token is approved, and put into the call as its argument of that number.
abstract contract CallSteps is UnwrapSteps {
    using SafeERC20 for IERC20;
    using Address for address;
    using Packed for bytes;

    uint256 private constant APPROVE = 0x10;
    uint256 private constant MUST_RETURN = 0x20;
    uint256 private constant SPEND = 0x40;
    /// @dev buyCollateral(address,uint256,uint256,address) of Comet: the fourth argument receives.
    bytes4 private constant BUY_COLLATERAL = 0xe4e6e779;
    uint256 private constant BUYER = 3;

    error WrongReturn(address target);

    function _call(uint256 op, bytes calldata steps) internal returns (uint256 size) {
        address target = steps.addressAt(1);
        size = 24 + steps.uint24At(21);
        bytes memory data = steps[24:size];
        if (size < 28) revert BadOrder();
        bytes4 selector = bytes4(data);
        if (!isTarget[target][selector] || _isListed(target) || _isUnwrap(selector)) {
            revert CallNotAllowed(target, selector);
        }
        IERC20 token;
        if (op & APPROVE != 0) {
            token = IERC20(steps.addressAt(size));
            _requireListed(address(token));
            uint256 amount = op & SPEND != 0 ? _surplus(address(token)) : steps.uint128At(size + 20);
            size += 36;
            if (op & SPEND != 0) _setArgument(data, uint8(steps[size++]), amount);
            token.forceApprove(target, amount);
        }
        // what an order buys comes here, whatever the operator says
        if (selector == BUY_COLLATERAL && _argument(data, BUYER) != uint160(address(this))) {
            revert CallNotAllowed(target, selector);
        }
        bytes memory result = target.functionCall(data);
        if (op & MUST_RETURN != 0) {
            if (result.length < 32 || uint256(bytes32(result)) != steps.uint256At(size)) revert WrongReturn(target);
            size += 32;
        }
        if (op & APPROVE != 0) _clearApproval(token, target);
    }

    function _argument(bytes memory data, uint256 index) private pure returns (uint256 value) {
        if (data.length < 36 + 32 * index) revert BadOrder();
        assembly ("memory-safe") {
            value := mload(add(add(data, 36), mul(32, index)))
        }
    }

    function _setArgument(bytes memory data, uint256 index, uint256 value) private pure {
        if (data.length < 36 + 32 * index) revert BadOrder();
        assembly ("memory-safe") {
            mstore(add(add(data, 36), mul(32, index)), value)
        }
    }
}
