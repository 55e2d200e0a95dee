// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice What stands between an oracle node's key and the aggregators, as Chainlink's authorised forwarder does: the
/// forwarder is the registered transmitter, its authorised senders are the keys.
contract DevForwarder {
    address public immutable owner;
    mapping(address sender => bool) public isAuthorizedSender;
    address[] private senders;

    event SenderSet(address indexed sender, bool authorized);

    error NotOwner();
    error NotAuthorizedSender();

    constructor() {
        owner = msg.sender;
    }

    function setAuthorizedSender(address sender, bool authorized) external {
        if (msg.sender != owner) revert NotOwner();
        if (authorized && !isAuthorizedSender[sender]) senders.push(sender);
        isAuthorizedSender[sender] = authorized;
        emit SenderSet(sender, authorized);
    }

    function getAuthorizedSenders() external view returns (address[] memory) {
        return senders;
    }

    /// @notice Calls `to` with `data`; the reason of a failure is passed on as it came.
    function forward(address to, bytes calldata data) external {
        if (!isAuthorizedSender[msg.sender]) revert NotAuthorizedSender();
        (bool success, bytes memory answer) = to.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }
}
