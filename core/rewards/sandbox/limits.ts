// What untrusted code may use. Whoever makes an executor may change them; interpreter.ts enforces them.

export interface SandboxLimits {
  /** Processor time of one process, its start included (half a second); whole seconds. On a busy machine this is what decides. */
  cpuSeconds: number;
  /** Wall time of one submission, or of one call of a person's reward function; ms. */
  timeMs: number;
  /** Python's memory, MiB. The process around it gets a fixed amount more. */
  memoryMb: number;
  /** How much of what a program prints is kept; bytes. */
  outputBytes: number;
}

export const defaultLimits: SandboxLimits = {
  // MBPP's slowest right program takes 4 s of an idle processor, and half as much again where two share a core.
  cpuSeconds: 12,
  timeMs: 30_000,
  memoryMb: 512,
  outputBytes: 16_384,
};
