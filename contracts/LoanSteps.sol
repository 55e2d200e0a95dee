// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ExecutorCore} from "./ExecutorCore.sol";
import {IFlashLender, IFreeLender} from "./Interfaces.sol";
import {Packed} from "./Packed.sol";

/// @title LOAN and LEND steps: one-asset flash loans of Aave v3 pools, and of Morpho, which takes no premium
/// @dev LOAN  op 1 | lender 20 | length 3 | token 20, amount 16, body      LEND: the same
abstract contract LoanSteps is ExecutorCore {
    using SafeERC20 for IERC20;
    using Packed for bytes;

    error LenderNotAllowed(address lender);

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

    /// @notice Morpho's callback: the loan has arrived; it is pulled after the return.
    function onMorphoFlashLoan(uint256, bytes calldata payload) external {
        _disarm(payload);
        _run(payload[36:]);
        IERC20(payload.addressAt(0)).forceApprove(msg.sender, payload.uint128At(20));
    }

    function _loanForNothing(bytes calldata steps) internal returns (uint256 size) {
        address lender = steps.addressAt(1);
        size = 24 + steps.uint24At(21);
        bytes calldata payload = steps[24:size];
        address token = payload.addressAt(0);
        if (!isLender[lender]) revert LenderNotAllowed(lender);
        _requireListed(token);
        _arm(lender, keccak256(payload));
        IFreeLender(lender).flashLoan(token, payload.uint128At(20), payload);
        _requireDisarmed(lender);
        _clearApproval(IERC20(token), lender);
    }

    function _loan(bytes calldata steps) internal returns (uint256 size) {
        address lender = steps.addressAt(1);
        size = 24 + steps.uint24At(21);
        bytes calldata payload = steps[24:size];
        address token = payload.addressAt(0);
        if (!isLender[lender]) revert LenderNotAllowed(lender);
        _requireListed(token);
        _arm(lender, keccak256(payload));
        IFlashLender(lender).flashLoanSimple(address(this), token, payload.uint128At(20), payload, 0);
        _requireDisarmed(lender);
        _clearApproval(IERC20(token), lender);
    }
}
