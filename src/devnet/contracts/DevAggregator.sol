// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice A price feed with the interface and the events of a Chainlink OCR2 aggregator. On the local chain anyone may
/// set the answer; the second way in is `transmit`, as the oracle network uses it, from registered transmitters only.
/// Signatures of reports are not checked: what matters here is how a report travels, not who agreed to it.
contract DevAggregator {
    struct Round {
        int256 answer;
        uint64 startedAt;
        uint64 updatedAt;
    }

    uint8 public immutable decimals;
    string public description;
    uint256 public constant version = 6;
    int192 public constant minAnswer = 1;
    int192 public constant maxAnswer = type(int192).max;
    address public immutable owner;
    uint80 public latestRound;
    uint40 public latestEpochAndRound;
    mapping(address account => bool) public isTransmitter;
    address[] private transmitters;
    mapping(uint80 roundId => Round) private rounds;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);
    event NewTransmission(
        uint32 indexed aggregatorRoundId,
        int192 answer,
        address transmitter,
        uint32 observationsTimestamp,
        int192[] observations,
        bytes observers,
        int192 juelsPerFeeCoin,
        bytes32 configDigest,
        uint40 epochAndRound
    );
    event TransmitterSet(address indexed transmitter, bool allowed);

    error NotOwner();
    error UnauthorizedTransmitter();
    error StaleReport();
    error ObservationsNotSorted();
    error NoObservations();
    error AnswerOutOfRange(int256 answer);

    constructor(string memory description_, uint8 decimals_, int256 answer) {
        description = description_;
        decimals = decimals_;
        owner = msg.sender;
        _start(answer, block.timestamp);
    }

    function setTransmitter(address transmitter, bool allowed) external {
        if (msg.sender != owner) revert NotOwner();
        if (allowed && !isTransmitter[transmitter]) transmitters.push(transmitter);
        isTransmitter[transmitter] = allowed;
        emit TransmitterSet(transmitter, allowed);
    }

    /// @notice Starts a round with this answer.
    function setAnswer(int256 answer) external {
        _start(answer, block.timestamp);
    }

    /// @notice The entry of the oracle network. `context` is (config digest, epoch and round, extra hash); `report` is
    /// (uint32 time, bytes32 observers, int192[] sorted observations, int192 juels per fee coin); the median is the answer.
    function transmit(
        bytes32[3] calldata context,
        bytes calldata report,
        bytes32[] calldata,
        bytes32[] calldata,
        bytes32
    ) external {
        if (!isTransmitter[msg.sender]) revert UnauthorizedTransmitter();
        uint40 epochAndRound = uint40(uint256(context[1]));
        if (epochAndRound <= latestEpochAndRound) revert StaleReport();
        latestEpochAndRound = epochAndRound;
        _accept(context[0], epochAndRound, report);
    }

    function getTransmitters() external view returns (address[] memory) {
        return transmitters;
    }

    function latestAnswer() external view returns (int256) {
        return rounds[latestRound].answer;
    }

    function latestTimestamp() external view returns (uint256) {
        return rounds[latestRound].updatedAt;
    }

    function getAnswer(uint256 roundId) external view returns (int256) {
        return roundId > type(uint80).max ? int256(0) : rounds[uint80(roundId)].answer;
    }

    function getTimestamp(uint256 roundId) external view returns (uint256) {
        return roundId > type(uint80).max ? 0 : rounds[uint80(roundId)].updatedAt;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _round(latestRound);
    }

    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        require(rounds[roundId].updatedAt != 0, "No data present");
        return _round(roundId);
    }

    function _round(uint80 roundId) private view returns (uint80, int256, uint256, uint256, uint80) {
        Round storage round = rounds[roundId];
        return (roundId, round.answer, round.startedAt, round.updatedAt, roundId);
    }

    /// @dev A report as the oracle network encodes it.
    struct Report {
        uint32 observedAt;
        bytes32 observers;
        int192[] observations;
        int192 juels;
    }

    function _accept(bytes32 configDigest, uint40 epochAndRound, bytes calldata encoded) private {
        Report memory report;
        (report.observedAt, report.observers, report.observations, report.juels) =
            abi.decode(encoded, (uint32, bytes32, int192[], int192));
        int192 median = _median(report.observations);
        emit NewTransmission(
            uint32(latestRound + 1),
            median,
            msg.sender,
            report.observedAt,
            report.observations,
            abi.encodePacked(report.observers),
            report.juels,
            configDigest,
            epochAndRound
        );
        _start(median, report.observedAt);
    }

    function _median(int192[] memory observations) private pure returns (int192) {
        uint256 count = observations.length;
        if (count == 0) revert NoObservations();
        for (uint256 i = 1; i < count; ++i) {
            if (observations[i - 1] > observations[i]) revert ObservationsNotSorted();
        }
        return observations[count / 2];
    }

    function _start(int256 answer, uint256 startedAt) private {
        if (answer < minAnswer || answer > maxAnswer) revert AnswerOutOfRange(answer);
        uint80 roundId = ++latestRound;
        rounds[roundId] = Round(answer, uint64(startedAt), uint64(block.timestamp));
        emit NewRound(roundId, msg.sender, startedAt);
        emit AnswerUpdated(answer, roundId, block.timestamp);
    }
}
