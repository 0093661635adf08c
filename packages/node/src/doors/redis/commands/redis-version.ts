// The version of Redis whose commands and protocol the door speaks: what clients ask for to know what they may send.
export const REDIS_VERSION = "7.0.15";
