// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DevAggregator} from "./DevAggregator.sol";

/// @notice The address that protocols read: it points to the aggregator of the current phase, which the owner can change
/// in two steps, as Chainlink's proxies do. Round ids carry the phase in their upper bits. `setAnswer` is forwarded, so
/// that one address serves readers and scenarios alike.
contract DevAggregatorProxy {
    address public immutable owner;
    uint16 public phaseId;
    DevAggregator public aggregator;
    DevAggregator public proposedAggregator;
    mapping(uint16 phase => DevAggregator) public phaseAggregators;

    event AggregatorProposed(address indexed current, address indexed proposed);
    event AggregatorConfirmed(address indexed previous, address indexed latest);

    error NotOwner();
    error NotProposed();

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    constructor(DevAggregator first) {
        owner = msg.sender;
        _use(first);
    }

    function proposeAggregator(DevAggregator next) external onlyOwner {
        proposedAggregator = next;
        emit AggregatorProposed(address(aggregator), address(next));
    }

    function confirmAggregator(DevAggregator next) external onlyOwner {
        if (next != proposedAggregator) revert NotProposed();
        delete proposedAggregator;
        emit AggregatorConfirmed(address(aggregator), address(next));
        _use(next);
    }

    function setAnswer(int256 answer) external {
        aggregator.setAnswer(answer);
    }

    function decimals() external view returns (uint8) {
        return aggregator.decimals();
    }

    function description() external view returns (string memory) {
        return aggregator.description();
    }

    function version() external view returns (uint256) {
        return aggregator.version();
    }

    function latestAnswer() external view returns (int256) {
        return aggregator.latestAnswer();
    }

    function latestTimestamp() external view returns (uint256) {
        return aggregator.latestTimestamp();
    }

    function latestRound() external view returns (uint256) {
        return _inPhase(phaseId, aggregator.latestRound());
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            aggregator.latestRoundData();
        return (_inPhase(phaseId, roundId), answer, startedAt, updatedAt, _inPhase(phaseId, answeredIn));
    }

    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        uint16 phase = uint16(roundId >> 64);
        (uint80 inner, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            phaseAggregators[phase].getRoundData(uint80(uint64(roundId)));
        return (_inPhase(phase, inner), answer, startedAt, updatedAt, _inPhase(phase, answeredIn));
    }

    function _use(DevAggregator next) private {
        phaseAggregators[++phaseId] = next;
        aggregator = next;
    }

    function _inPhase(uint16 phase, uint80 roundId) private pure returns (uint80) {
        return (uint80(phase) << 64) | uint64(roundId);
    }
}
