// What the door counts about itself, for INFO.

export interface DoorStatistics {
  connectionsReceived: number;
  connectionsRejected: number;
  commandsProcessed: number;
  errorReplies: number;
  inputBytes: number;
  outputBytes: number;
  /** Requests and replies that are held for all clients now. */
  heldBytes: number;
}

export function newStatistics(): DoorStatistics {
  return {
    connectionsReceived: 0,
    connectionsRejected: 0,
    commandsProcessed: 0,
    errorReplies: 0,
    inputBytes: 0,
    outputBytes: 0,
    heldBytes: 0,
  };
}

/** CONFIG RESETSTAT: everything that counts up begins anew. */
export function resetStatistics(statistics: DoorStatistics): void {
  Object.assign(statistics, { ...newStatistics(), heldBytes: statistics.heldBytes });
}
