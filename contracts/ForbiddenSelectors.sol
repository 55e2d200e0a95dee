// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @notice Functions that no CALL step may ever reach, whatever the owner believes the target to be: those that move or
/// give away tokens, those that delegate credit or authority, and those that carry further calls inside their arguments.
library ForbiddenSelectors {
    bytes private constant LIST =
        hex"a9059cbb" // transfer(address,uint256)
        hex"23b872dd" // transferFrom(address,address,uint256)
        hex"42842e0e" // safeTransferFrom(address,address,uint256)
        hex"b88d4fde" // safeTransferFrom(address,address,uint256,bytes)
        hex"f242432a" // safeTransferFrom(address,address,uint256,uint256,bytes)
        hex"2eb2c2d6" // safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)
        hex"1296ee62" // transferAndCall(address,uint256)
        hex"4000aea0" // transferAndCall(address,uint256,bytes)
        hex"d8fbe994" // transferFromAndCall(address,address,uint256)
        hex"c1d34b89" // transferFromAndCall(address,address,uint256,bytes)
        hex"9bd9bbc6" // send(address,uint256,bytes)
        hex"62ad1b83" // operatorSend(address,address,uint256,bytes,bytes)
        hex"095ea7b3" // approve(address,uint256)
        hex"39509351" // increaseAllowance(address,uint256)
        hex"a457c2d7" // decreaseAllowance(address,uint256)
        hex"d73dd623" // increaseApproval(address,uint256)
        hex"66188463" // decreaseApproval(address,uint256)
        hex"3177029f" // approveAndCall(address,uint256)
        hex"cae9ca51" // approveAndCall(address,uint256,bytes)
        hex"d505accf" // permit(address,address,uint256,uint256,uint8,bytes32,bytes32)
        hex"8fcbaf0c" // permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)
        hex"87517c45" // approve(address,address,uint160,uint48) of Permit2
        hex"a22cb465" // setApprovalForAll(address,bool)
        hex"959b8c3f" // authorizeOperator(address)
        hex"c04a8a10" // approveDelegation(address,uint256) of Aave
        hex"110496e5" // allow(address,bool) of Comet
        hex"eecea000" // setAuthorization(address,bool) of Morpho
        hex"ac9650d8" // multicall(bytes[])
        hex"5ae401dc" // multicall(uint256,bytes[])
        hex"1f0464d1" // multicall(bytes32,bytes[])
        hex"252dba42" // aggregate((address,bytes)[])
        hex"82ad56cb"; // aggregate3((address,bool,bytes)[])

    function contains(bytes4 selector) internal pure returns (bool) {
        bytes memory list = LIST;
        for (uint256 at = 32; at < list.length + 32; at += 4) {
            bytes4 entry;
            assembly ("memory-safe") {
                entry := and(mload(add(list, at)), shl(224, 0xffffffff))
            }
            if (entry == selector) return true;
        }
        return false;
    }
}
