// The one door to hosts: adapters import this file when an operation or the explorer first needs a connection.
export {};
