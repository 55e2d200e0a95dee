// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @notice Functions that no CALL step may ever reach, whatever the owner believes the target to be: those that move or
/// give away tokens, those that delegate credit or authority, and those that carry further calls inside their arguments.
library ForbiddenSelectors {
    function contains(bytes4 selector) internal pure returns (bool) {
        return _movesTokens(selector) || _givesAuthority(selector) || _carriesCalls(selector);
    }

    function _movesTokens(bytes4 s) private pure returns (bool) {
        return s == 0xa9059cbb // transfer(address,uint256)
            || s == 0x23b872dd // transferFrom(address,address,uint256)
            || s == 0x42842e0e // safeTransferFrom(address,address,uint256)
            || s == 0xb88d4fde // safeTransferFrom(address,address,uint256,bytes)
            || s == 0xf242432a // safeTransferFrom(address,address,uint256,uint256,bytes)
            || s == 0x2eb2c2d6 // safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)
            || s == 0x4000aea0 // transferAndCall(address,uint256,bytes)
            || s == 0x1296ee62 // transferAndCall(address,uint256)
            || s == 0x9bd9bbc6 // send(address,uint256,bytes)
            || s == 0x62ad1b83; // operatorSend(address,address,uint256,bytes,bytes)
    }

    function _givesAuthority(bytes4 s) private pure returns (bool) {
        return s == 0x095ea7b3 // approve(address,uint256)
            || s == 0x39509351 // increaseAllowance(address,uint256)
            || s == 0xa457c2d7 // decreaseAllowance(address,uint256)
            || s == 0xd73dd623 // increaseApproval(address,uint256)
            || s == 0xcae9ca51 // approveAndCall(address,uint256,bytes)
            || s == 0x3177029f // approveAndCall(address,uint256)
            || s == 0xd505accf // permit(address,address,uint256,uint256,uint8,bytes32,bytes32)
            || s == 0x8fcbaf0c // permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)
            || s == 0xa22cb465 // setApprovalForAll(address,bool)
            || s == 0x959b8c3f // authorizeOperator(address)
            || s == 0x87517c45 // approve(address,address,uint160,uint48) of Permit2
            || s == 0xc04a8a10 // approveDelegation(address,uint256) of Aave
            || s == 0x110496e5 // allow(address,bool) of Comet
            || s == 0xeecea000; // setAuthorization(address,bool) of Morpho
    }

    function _carriesCalls(bytes4 s) private pure returns (bool) {
        return s == 0xac9650d8 // multicall(bytes[])
            || s == 0x5ae401dc // multicall(uint256,bytes[])
            || s == 0x252dba42 // aggregate((address,bytes)[])
            || s == 0x82ad56cb; // aggregate3((address,bool,bytes)[])
    }
}
