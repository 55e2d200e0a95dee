// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface ICometStandInToken {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

interface ICometStandInFeed {
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
}

/// @notice Stands in for the proxy of a Comet: EIP-1967, and an upgrade for whoever asks.
contract CometProxyStandIn {
    bytes32 private constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    event Upgraded(address indexed implementation);

    constructor(address implementation) {
        _put(implementation);
    }

    function upgradeTo(address implementation) external {
        _put(implementation);
    }

    function _put(address implementation) private {
        assembly ("memory-safe") {
            sstore(SLOT, implementation)
        }
        emit Upgraded(implementation);
    }

    fallback() external {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), sload(SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}

/// @notice The collaterals of a stand-in: constants of the implementation live outside its storage.
contract CometListStandIn {
    struct AssetInfo {
        uint8 offset;
        address asset;
        address priceFeed;
        uint64 scale;
        uint64 borrowCollateralFactor;
        uint64 liquidateCollateralFactor;
        uint64 liquidationFactor;
        uint128 supplyCap;
    }

    AssetInfo[] private _infos;

    constructor(AssetInfo[] memory infos) {
        for (uint256 i; i < infos.length; ++i) _infos.push(infos[i]);
    }

    function count() external view returns (uint8) {
        return uint8(_infos.length);
    }

    function at(uint8 i) external view returns (AssetInfo memory) {
        return _infos[i];
    }
}

/// @notice Stands in for Compound's Comet, whose code is in no package: the interface that the keeper uses and the rules
/// it must obey, in words of our own. The maths itself is tested against figures of the real contracts
/// (test/vectors/compound-v3).
contract CometStandIn {
    struct Terms {
        address baseToken;
        address baseTokenPriceFeed;
        address list;
        uint256 baseScale;
        uint256[4] supplyRates;
        uint256[4] borrowRates;
        uint256 storeFrontPriceFactor;
        uint256 targetReserves;
    }

    struct Totals {
        uint64 baseSupplyIndex;
        uint64 baseBorrowIndex;
        uint64 trackingSupplyIndex;
        uint64 trackingBorrowIndex;
        uint104 totalSupplyBase;
        uint104 totalBorrowBase;
        uint40 lastAccrualTime;
        uint8 pauseFlags;
    }

    struct User {
        int104 principal;
        uint64 baseTrackingIndex;
        uint64 baseTrackingAccrued;
        uint16 assetsIn;
        uint8 reserved;
    }

    uint256 private constant INDEX = 1e15;
    uint256 private constant FACTOR = 1e18;

    address public immutable baseToken;
    address public immutable baseTokenPriceFeed;
    CometListStandIn private immutable _list;
    uint256 public immutable baseScale;
    uint256 public immutable supplyKink;
    uint256 public immutable supplyPerSecondInterestRateSlopeLow;
    uint256 public immutable supplyPerSecondInterestRateSlopeHigh;
    uint256 public immutable supplyPerSecondInterestRateBase;
    uint256 public immutable borrowKink;
    uint256 public immutable borrowPerSecondInterestRateSlopeLow;
    uint256 public immutable borrowPerSecondInterestRateSlopeHigh;
    uint256 public immutable borrowPerSecondInterestRateBase;
    uint256 public immutable storeFrontPriceFactor;
    uint256 public immutable targetReserves;
    uint256 public constant trackingIndexScale = 1e15;
    uint256 public constant baseTrackingSupplySpeed = 1e9;
    uint256 public constant baseTrackingBorrowSpeed = 2e9;
    uint256 public constant baseMinForRewards = 1e9;

    Totals private _totals;
    mapping(address account => User) public userBasic;
    mapping(address account => mapping(address asset => uint128)) private _held;
    mapping(address asset => uint128) private _sums;

    event Supply(address indexed from, address indexed dst, uint256 amount);
    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Withdraw(address indexed src, address indexed to, uint256 amount);
    event SupplyCollateral(address indexed from, address indexed dst, address indexed asset, uint256 amount);
    event TransferCollateral(address indexed from, address indexed to, address indexed asset, uint256 amount);
    event WithdrawCollateral(address indexed src, address indexed to, address indexed asset, uint256 amount);
    event AbsorbDebt(address indexed absorber, address indexed borrower, uint256 basePaidOut, uint256 usdValue);
    event AbsorbCollateral(
        address indexed absorber, address indexed borrower, address indexed asset, uint256 amount, uint256 usdValue
    );
    event BuyCollateral(address indexed buyer, address indexed asset, uint256 baseAmount, uint256 collateralAmount);
    event PauseAction(bool supplyPaused, bool transferPaused, bool withdrawPaused, bool absorbPaused, bool buyPaused);

    error BadPrice();
    error BadAsset();
    error InsufficientReserves();
    error NotCollateralized();
    error NotForSale();
    error NotLiquidatable();
    error Paused();
    error TooMuchSlippage();

    constructor(Terms memory terms) {
        baseToken = terms.baseToken;
        baseTokenPriceFeed = terms.baseTokenPriceFeed;
        _list = CometListStandIn(terms.list);
        baseScale = terms.baseScale;
        supplyKink = terms.supplyRates[0];
        supplyPerSecondInterestRateSlopeLow = terms.supplyRates[1];
        supplyPerSecondInterestRateSlopeHigh = terms.supplyRates[2];
        supplyPerSecondInterestRateBase = terms.supplyRates[3];
        borrowKink = terms.borrowRates[0];
        borrowPerSecondInterestRateSlopeLow = terms.borrowRates[1];
        borrowPerSecondInterestRateSlopeHigh = terms.borrowRates[2];
        borrowPerSecondInterestRateBase = terms.borrowRates[3];
        storeFrontPriceFactor = terms.storeFrontPriceFactor;
        targetReserves = terms.targetReserves;
    }

    function initializeStorage() external {
        require(_totals.lastAccrualTime == 0);
        _totals.baseSupplyIndex = uint64(INDEX);
        _totals.baseBorrowIndex = uint64(INDEX);
        _totals.lastAccrualTime = uint40(block.timestamp);
    }

    // ---- views

    function numAssets() public view returns (uint8) {
        return _list.count();
    }

    function getAssetInfo(uint8 i) public view returns (CometListStandIn.AssetInfo memory) {
        return _list.at(i);
    }

    function totalsBasic() external view returns (Totals memory) {
        return _totals;
    }

    function userCollateral(address account, address asset) external view returns (uint128, uint128) {
        return (_held[account][asset], 0);
    }

    function totalsCollateral(address asset) external view returns (uint128, uint128) {
        return (_sums[asset], 0);
    }

    function getPrice(address feed) public view returns (uint256) {
        (, int256 answer,,,) = ICometStandInFeed(feed).latestRoundData();
        if (answer <= 0) revert BadPrice();
        return uint256(answer);
    }

    function getCollateralReserves(address asset) public view returns (uint256) {
        return ICometStandInToken(asset).balanceOf(address(this)) - _sums[asset];
    }

    function getReserves() public view returns (int256) {
        Totals memory t = _grown();
        uint256 supplied = uint256(t.totalSupplyBase) * t.baseSupplyIndex / INDEX;
        uint256 owed = uint256(t.totalBorrowBase) * t.baseBorrowIndex / INDEX;
        return int256(ICometStandInToken(baseToken).balanceOf(address(this))) - int256(supplied) + int256(owed);
    }

    function borrowBalanceOf(address account) external view returns (uint256) {
        int256 balance = _balance(_grown(), userBasic[account].principal);
        return balance < 0 ? uint256(-balance) : 0;
    }

    function balanceOf(address account) external view returns (uint256) {
        int256 balance = _balance(_grown(), userBasic[account].principal);
        return balance > 0 ? uint256(balance) : 0;
    }

    function isLiquidatable(address account) public view returns (bool) {
        return _short(account, true);
    }

    function isBorrowCollateralized(address account) public view returns (bool) {
        return !_short(account, false);
    }

    function quoteCollateral(address asset, uint256 amount) public view returns (uint256) {
        CometListStandIn.AssetInfo memory info = _infoOf(asset);
        uint256 discount = storeFrontPriceFactor * (FACTOR - info.liquidationFactor) / FACTOR;
        uint256 price = getPrice(info.priceFeed) * (FACTOR - discount) / FACTOR;
        return getPrice(baseTokenPriceFeed) * amount * info.scale / price / baseScale;
    }

    // ---- what users do

    function accrueAccount(address) external {
        _totals = _grown();
    }

    function supply(address asset, uint256 amount) external {
        ICometStandInToken(asset).transferFrom(msg.sender, address(this), amount);
        if (asset != baseToken) {
            _sums[asset] += uint128(amount);
            _hold(msg.sender, asset, _held[msg.sender][asset] + uint128(amount));
            emit SupplyCollateral(msg.sender, msg.sender, asset, amount);
            return;
        }
        _totals = _grown();
        uint256 minted = _move(msg.sender, int256(amount));
        emit Supply(msg.sender, msg.sender, amount);
        if (minted > 0) emit Transfer(address(0), msg.sender, minted * _totals.baseSupplyIndex / INDEX);
    }

    function withdraw(address asset, uint256 amount) external {
        if (asset != baseToken) {
            _sums[asset] -= uint128(amount);
            _hold(msg.sender, asset, _held[msg.sender][asset] - uint128(amount));
            if (!isBorrowCollateralized(msg.sender)) revert NotCollateralized();
            ICometStandInToken(asset).transfer(msg.sender, amount);
            emit WithdrawCollateral(msg.sender, msg.sender, asset, amount);
            return;
        }
        _totals = _grown();
        uint256 burned = _move(msg.sender, -int256(amount));
        if (!isBorrowCollateralized(msg.sender)) revert NotCollateralized();
        ICometStandInToken(asset).transfer(msg.sender, amount);
        emit Withdraw(msg.sender, msg.sender, amount);
        if (burned > 0) emit Transfer(msg.sender, address(0), burned * _totals.baseSupplyIndex / INDEX);
    }

    /// @notice Of what is a debt before and after nothing is told, as with the real one.
    function transfer(address dst, uint256 amount) external returns (bool) {
        _totals = _grown();
        uint256 burned = _move(msg.sender, -int256(amount));
        uint256 minted = _move(dst, int256(amount));
        if (!isBorrowCollateralized(msg.sender)) revert NotCollateralized();
        if (burned > 0) emit Transfer(msg.sender, address(0), burned * _totals.baseSupplyIndex / INDEX);
        if (minted > 0) emit Transfer(address(0), dst, minted * _totals.baseSupplyIndex / INDEX);
        return true;
    }

    function transferAsset(address dst, address asset, uint128 amount) external {
        _hold(msg.sender, asset, _held[msg.sender][asset] - amount);
        _hold(dst, asset, _held[dst][asset] + amount);
        if (!isBorrowCollateralized(msg.sender)) revert NotCollateralized();
        emit TransferCollateral(msg.sender, dst, asset, amount);
    }

    // ---- what keepers do

    function absorb(address absorber, address[] calldata accounts) external {
        if (_totals.pauseFlags & 8 != 0) revert Paused();
        _totals = _grown();
        for (uint256 i; i < accounts.length; ++i) _absorb(absorber, accounts[i]);
    }

    function buyCollateral(address asset, uint256 minAmount, uint256 baseAmount, address recipient) external {
        if (_totals.pauseFlags & 16 != 0) revert Paused();
        int256 reserves = getReserves();
        if (reserves >= 0 && uint256(reserves) >= targetReserves) revert NotForSale();
        ICometStandInToken(baseToken).transferFrom(msg.sender, address(this), baseAmount);
        uint256 amount = quoteCollateral(asset, baseAmount);
        if (amount < minAmount) revert TooMuchSlippage();
        if (amount > getCollateralReserves(asset)) revert InsufficientReserves();
        ICometStandInToken(asset).transfer(recipient, amount);
        emit BuyCollateral(msg.sender, asset, baseAmount, amount);
    }

    function pause(bool supply_, bool transfer_, bool withdraw_, bool absorb_, bool buy_) external {
        _totals.pauseFlags = (supply_ ? 1 : 0) | (transfer_ ? 2 : 0) | (withdraw_ ? 4 : 0) | (absorb_ ? 8 : 0) | (buy_ ? 16 : 0);
        emit PauseAction(supply_, transfer_, withdraw_, absorb_, buy_);
    }

    // ---- rules

    function _absorb(address absorber, address account) private {
        if (!isLiquidatable(account)) revert NotLiquidatable();
        int256 before = _balance(_totals, userBasic[account].principal);
        uint256 basePrice = getPrice(baseTokenPriceFeed);
        uint256 credit;
        for (uint8 i; i < numAssets(); ++i) {
            CometListStandIn.AssetInfo memory info = getAssetInfo(i);
            uint128 seized = _held[account][info.asset];
            if (seized == 0) continue;
            _hold(account, info.asset, 0);
            _sums[info.asset] -= seized;
            uint256 value = uint256(seized) * getPrice(info.priceFeed) / info.scale;
            credit += value * info.liquidationFactor / FACTOR;
            emit AbsorbCollateral(absorber, account, info.asset, seized, value);
        }
        int256 rest = before + int256(credit * baseScale / basePrice);
        uint256 paid = uint256((rest < 0 ? int256(0) : rest) - before);
        uint256 minted = _move(account, int256(paid));
        emit AbsorbDebt(absorber, account, paid, paid * basePrice / baseScale);
        if (minted > 0) emit Transfer(address(0), account, minted * _totals.baseSupplyIndex / INDEX);
    }

    /// @dev Indices as of now; the rates hold since the last accrual.
    function _grown() private view returns (Totals memory t) {
        t = _totals;
        uint256 elapsed = block.timestamp - t.lastAccrualTime;
        if (elapsed == 0) return t;
        uint256 supplied = uint256(t.totalSupplyBase) * t.baseSupplyIndex / INDEX;
        uint256 owed = uint256(t.totalBorrowBase) * t.baseBorrowIndex / INDEX;
        uint256 use = supplied == 0 ? 0 : owed * FACTOR / supplied;
        uint256 supplyRate = _rate(
            use,
            [supplyKink, supplyPerSecondInterestRateSlopeLow, supplyPerSecondInterestRateSlopeHigh, supplyPerSecondInterestRateBase]
        );
        uint256 borrowRate = _rate(
            use,
            [borrowKink, borrowPerSecondInterestRateSlopeLow, borrowPerSecondInterestRateSlopeHigh, borrowPerSecondInterestRateBase]
        );
        t.baseSupplyIndex += uint64(t.baseSupplyIndex * (supplyRate * elapsed) / FACTOR);
        t.baseBorrowIndex += uint64(t.baseBorrowIndex * (borrowRate * elapsed) / FACTOR);
        if (t.totalSupplyBase >= baseMinForRewards) {
            t.trackingSupplyIndex += uint64(baseTrackingSupplySpeed * elapsed * baseScale / t.totalSupplyBase);
        }
        if (t.totalBorrowBase >= baseMinForRewards) {
            t.trackingBorrowIndex += uint64(baseTrackingBorrowSpeed * elapsed * baseScale / t.totalBorrowBase);
        }
        t.lastAccrualTime = uint40(block.timestamp);
    }

    function _rate(uint256 use, uint256[4] memory line) private pure returns (uint256) {
        (uint256 kink, uint256 low, uint256 high, uint256 start) = (line[0], line[1], line[2], line[3]);
        if (use <= kink) return start + low * use / FACTOR;
        return start + low * kink / FACTOR + high * (use - kink) / FACTOR;
    }

    function _balance(Totals memory t, int256 principal) private pure returns (int256) {
        if (principal >= 0) return principal * int256(uint256(t.baseSupplyIndex)) / int256(INDEX);
        return -int256(uint256(-principal) * t.baseBorrowIndex / INDEX);
    }

    /// @dev Changes a balance at the accrued indices; returns the principal of supply that was made or, by a fall, burned.
    function _move(address account, int256 change) private returns (uint256 moved) {
        Totals memory t = _totals;
        int256 before = userBasic[account].principal;
        int256 balance = _balance(t, before) + change;
        int256 principal = balance >= 0
            ? int256(uint256(balance) * INDEX / t.baseSupplyIndex)
            : -int256((uint256(-balance) * INDEX + t.baseBorrowIndex - 1) / t.baseBorrowIndex);
        (uint256 suppliedBefore, uint256 owedBefore) = _sides(before);
        (uint256 supplied, uint256 owed) = _sides(principal);
        t.totalSupplyBase = uint104(t.totalSupplyBase + supplied - suppliedBefore);
        t.totalBorrowBase = uint104(t.totalBorrowBase + owed - owedBefore);
        _totals = t;
        userBasic[account].principal = int104(principal);
        moved = supplied > suppliedBefore ? supplied - suppliedBefore : suppliedBefore - supplied;
    }

    function _sides(int256 principal) private pure returns (uint256 supplied, uint256 owed) {
        return principal >= 0 ? (uint256(principal), uint256(0)) : (uint256(0), uint256(-principal));
    }

    function _hold(address account, address asset, uint128 amount) private {
        uint8 offset = _infoOf(asset).offset;
        uint24 bits = userBasic[account].assetsIn | (uint24(userBasic[account].reserved) << 16);
        bits = amount > 0 ? bits | (uint24(1) << offset) : bits & ~(uint24(1) << offset);
        userBasic[account].assetsIn = uint16(bits);
        userBasic[account].reserved = uint8(bits >> 16);
        _held[account][asset] = amount;
    }

    function _short(address account, bool toLiquidate) private view returns (bool) {
        int256 principal = userBasic[account].principal;
        if (principal >= 0) return false;
        uint256 debt = uint256(-_balance(_totals, principal)) * getPrice(baseTokenPriceFeed) / baseScale;
        uint256 sum;
        for (uint8 i; i < numAssets(); ++i) {
            CometListStandIn.AssetInfo memory info = getAssetInfo(i);
            uint256 amount = _held[account][info.asset];
            if (amount == 0) continue;
            uint256 factor = toLiquidate ? info.liquidateCollateralFactor : info.borrowCollateralFactor;
            sum += amount * getPrice(info.priceFeed) / info.scale * factor / FACTOR;
        }
        return sum < debt;
    }

    function _infoOf(address asset) private view returns (CometListStandIn.AssetInfo memory) {
        for (uint8 i; i < numAssets(); ++i) {
            CometListStandIn.AssetInfo memory info = getAssetInfo(i);
            if (info.asset == asset) return info;
        }
        revert BadAsset();
    }
}
