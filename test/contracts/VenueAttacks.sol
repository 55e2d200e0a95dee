// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IPoolManager} from "../../contracts/Interfaces.sol";

interface IVenueCallbacks {
    function uniswapV2Call(address, uint256, uint256, bytes calldata) external;
    function unlockCallback(bytes calldata) external returns (bytes memory);
}

/// @notice Says it is a pair, of a factory that never made it or of itself, and wants to be paid for nothing.
contract FakePair {
    address public factory;

    constructor(address factory_) {
        factory = factory_ == address(0) ? address(this) : factory_;
    }

    function getPair(address, address) external view returns (address) {
        return address(this);
    }

    function getReserves() external pure returns (uint112, uint112, uint32) {
        return (1e24, 1e24, 0);
    }

    function swap(uint256 out0, uint256 out1, address to, bytes calldata data) external {
        if (data.length != 0) IVenueCallbacks(to).uniswapV2Call(to, out0, out1, data);
    }
}

/// @notice A v4 manager on the owner's list that has turned bad.
contract HostileManager {
    enum Mode {
        Silent,
        OtherData,
        Twice,
        Claims
    }

    Mode public mode;

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function unlock(bytes calldata data) external returns (bytes memory) {
        if (mode == Mode.Silent) return "";
        bytes memory said = mode == Mode.OtherData ? bytes.concat(data, hex"00") : data;
        IVenueCallbacks(msg.sender).unlockCallback(said);
        if (mode == Mode.Twice) IVenueCallbacks(msg.sender).unlockCallback(said);
        return "";
    }

    /// @dev One for one; `Claims` says that more is owed than was asked for.
    function swap(IPoolManager.PoolKey calldata, IPoolManager.SwapParams calldata params, bytes calldata)
        external
        view
        returns (int256)
    {
        int256 size = params.amountSpecified < 0 ? -params.amountSpecified : params.amountSpecified;
        int256 owed = mode == Mode.Claims ? size * 2 : size;
        (int256 amount0, int256 amount1) = params.zeroForOne ? (-owed, size) : (size, -owed);
        return (amount0 << 128) | int256(uint256(uint128(int128(amount1))));
    }

    function take(address, address, uint256) external {}

    function sync(address) external {}

    function settle() external payable returns (uint256) {
        return 0;
    }
}

/// @notice Gives back another token one for one, as wstETH does by `unwrap`, and as a vault by `redeem` to whoever is named.
contract UnwrapTarget {
    mapping(address account => uint256) public balanceOf;
    address private immutable underlying;

    constructor(address underlying_) {
        underlying = underlying_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function unwrap(uint256 amount) external returns (uint256) {
        return _give(msg.sender, amount);
    }

    function redeem(uint256 amount, address to, address) external returns (uint256) {
        return _give(to, amount);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function _give(address to, uint256 amount) private returns (uint256) {
        balanceOf[msg.sender] -= amount;
        (bool done,) = underlying.call(abi.encodeWithSignature("transfer(address,uint256)", to, amount));
        require(done);
        return amount;
    }
}
