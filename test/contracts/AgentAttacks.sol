// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token that does something else while it is pulled: what a hook, or anybody called within a swap, can do.
contract HookToken is ERC20 {
    address private _target;
    bytes private _data;

    constructor(string memory name_) ERC20(name_, name_) {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external {
        _burn(from, amount);
    }

    function setHook(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (_target != address(0)) {
            (bool done,) = _target.call(_data);
            require(done, "hook");
        }
        return super.transferFrom(from, to, amount);
    }
}
