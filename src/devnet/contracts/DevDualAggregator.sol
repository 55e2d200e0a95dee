// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice Stand-in for the aggregator of Chainlink's SVR feeds, with its interface, events, rules of visibility and places
/// in storage, not its code. Reports come in two ways: `transmit` for everybody, `transmitSecondary` through an auction.
/// The secondary proxy sees the last auctioned round, and a round that was not auctioned only when `cutoff` seconds have
/// passed; everybody else sees the newest, but an auctioned one not before the next block. Signatures are not checked, and
/// anyone may set the answer, which counts as an auctioned round.
contract DevDualAggregator {
    /// @dev One word, in the order of the aggregator it stands for.
    struct Hot {
        uint8 unused;
        uint40 latestEpochAndRound;
        uint32 latestRound;
        uint32 latestSecondaryRound;
        uint128 unusedToo;
        bool newestIsSecondary;
    }

    struct Round {
        int192 answer;
        uint32 observedAt;
        uint32 recordedAt;
    }

    struct Report {
        uint32 observedAt;
        bytes32 observers;
        int192[] observations;
        int192 juels;
    }

    string public constant typeAndVersion = "DualAggregator 1.0.0";
    uint256 public constant version = 6;
    uint32 private constant SYNC_ROUNDS = 20;
    uint8 public immutable decimals;
    address public immutable owner;
    address private immutable secondaryProxy;

    // no getter gives what lies in slots 13 and 18: readers know the places
    bytes32[13] private before;
    Hot private hot;
    bytes32[3] private between;
    mapping(uint32 id => Round) private rounds;
    uint32 private cutoff;
    string public description;
    mapping(address account => bool) public isTransmitter;
    address[] private transmitters;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);
    event SecondaryRoundIdUpdated(uint32 indexed secondaryRoundId);
    event PrimaryFeedUnlocked(uint32 indexed primaryRoundId);
    event CutoffTimeSet(uint32 cutoffTime);
    event TransmitterSet(address indexed transmitter, bool allowed);

    error NotOwner();
    error UnauthorizedTransmitter();
    error StaleReport();
    error NoObservations();

    constructor(string memory description_, uint8 decimals_, int192 answer, address secondaryProxy_, uint32 cutoff_) {
        description = description_;
        decimals = decimals_;
        owner = msg.sender;
        secondaryProxy = secondaryProxy_;
        cutoff = cutoff_;
        _start(answer, uint32(block.timestamp), true);
    }

    function setTransmitter(address transmitter, bool allowed) external {
        if (msg.sender != owner) revert NotOwner();
        if (allowed && !isTransmitter[transmitter]) transmitters.push(transmitter);
        isTransmitter[transmitter] = allowed;
        emit TransmitterSet(transmitter, allowed);
    }

    function setCutoffTime(uint32 cutoff_) external {
        if (msg.sender != owner) revert NotOwner();
        cutoff = cutoff_;
        emit CutoffTimeSet(cutoff_);
    }

    /// @notice Starts an auctioned round with this answer: both kinds of readers see it from the next block on.
    function setAnswer(int256 answer) external {
        _start(int192(answer), uint32(block.timestamp), true);
    }

    function transmit(bytes32[3] calldata context, bytes calldata report, bytes32[] calldata, bytes32[] calldata, bytes32)
        external
    {
        _transmit(context, report, false);
    }

    function transmitSecondary(
        bytes32[3] calldata context,
        bytes calldata report,
        bytes32[] calldata,
        bytes32[] calldata,
        bytes32
    ) external {
        _transmit(context, report, true);
    }

    function getTransmitters() external view returns (address[] memory) {
        return transmitters;
    }

    function latestAnswer() external view returns (int256) {
        return rounds[_visible()].answer;
    }

    function latestTimestamp() external view returns (uint256) {
        return rounds[_visible()].recordedAt;
    }

    function latestRound() external view returns (uint256) {
        return _visible();
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _round(_visible());
    }

    function getRoundData(uint80 id) external view returns (uint80, int256, uint256, uint256, uint80) {
        if (id > _visible()) return (0, 0, 0, 0, 0);
        return _round(uint32(id));
    }

    function _round(uint32 id) private view returns (uint80, int256, uint256, uint256, uint80) {
        Round storage one = rounds[id];
        return (id, one.answer, one.observedAt, one.recordedAt, id);
    }

    function _visible() private view returns (uint32) {
        uint32 newest = hot.latestRound;
        uint32 auctioned = hot.latestSecondaryRound;
        if (msg.sender != secondaryProxy) {
            bool hidden =
                newest == auctioned && hot.newestIsSecondary && rounds[newest].recordedAt == uint32(block.timestamp);
            return hidden ? newest - 1 : newest;
        }
        if (!_isOld(auctioned)) return auctioned;
        for (uint32 id = newest; id > 0 && newest - id < SYNC_ROUNDS; --id) {
            if (_isOld(id)) return id;
        }
        return auctioned;
    }

    function _isOld(uint32 id) private view returns (bool) {
        return uint256(rounds[id].recordedAt) + cutoff < block.timestamp;
    }

    function _transmit(bytes32[3] calldata context, bytes calldata encoded, bool auctioned) private {
        if (!isTransmitter[msg.sender]) revert UnauthorizedTransmitter();
        Report memory report;
        (report.observedAt, report.observers, report.observations, report.juels) =
            abi.decode(encoded, (uint32, bytes32, int192[], int192));
        if (report.observations.length == 0) revert NoObservations();
        int192 median = report.observations[report.observations.length / 2];
        uint32 known = auctioned ? _find(report.observedAt, median) : 0;
        if (known != 0) return _auction(known);
        uint40 epochAndRound = uint40(uint256(context[1]));
        if (epochAndRound == hot.latestEpochAndRound && hot.newestIsSecondary) {
            hot.newestIsSecondary = auctioned;
            emit PrimaryFeedUnlocked(hot.latestRound);
            return;
        }
        if (epochAndRound <= hot.latestEpochAndRound) revert StaleReport();
        hot.latestEpochAndRound = epochAndRound;
        _start(median, report.observedAt, auctioned);
    }

    /// @dev A report that everybody has already had comes through the auction after all.
    function _auction(uint32 id) private {
        if (hot.latestSecondaryRound >= id) revert StaleReport();
        hot.latestSecondaryRound = id;
        emit SecondaryRoundIdUpdated(id);
    }

    function _find(uint32 observedAt, int192 answer) private view returns (uint32) {
        uint32 newest = hot.latestRound;
        for (uint32 id = newest; id > 0 && newest - id < SYNC_ROUNDS; --id) {
            if (rounds[id].observedAt < observedAt) return 0;
            if (rounds[id].observedAt == observedAt && rounds[id].answer == answer) return id;
        }
        return 0;
    }

    function _start(int192 answer, uint32 observedAt, bool auctioned) private {
        uint32 id = ++hot.latestRound;
        rounds[id] = Round(answer, observedAt, uint32(block.timestamp));
        if (auctioned) {
            hot.latestSecondaryRound = id;
            emit SecondaryRoundIdUpdated(id);
        }
        hot.newestIsSecondary = auctioned;
        emit NewRound(id, msg.sender, observedAt);
        emit AnswerUpdated(answer, id, block.timestamp);
    }
}
