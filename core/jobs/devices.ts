// The devices that a run is laid out over: those of its mesh, or of the largest that a stage of it has for itself. Called by launch.ts and
// rules.ts; pure.
import type { RunHosts } from './deps.ts';

/** What a host computes on, and how many of it there are. */
export type HostFacts = Pick<ReturnType<RunHosts['facts']>, 'platform' | 'devices'>;

interface Mesh {
  fsdp: number;
  tp: number;
}

/** A spec or settings: of a program with stages, some with a mesh of their own. */
interface LaidOut {
  mesh: Mesh;
  stages?: readonly { mesh?: Mesh | null }[];
}

export const devicesOf = ({ fsdp, tp }: Mesh): number => fsdp * tp;

/** With where it is said: "", or "stages[3].". */
export function largestMesh({ mesh, stages = [] }: LaidOut): { mesh: Mesh; where: string } {
  const own = stages.map((stage, i) => ({
    mesh: stage.mesh ?? mesh,
    where: stage.mesh ? `stages[${i}].` : '',
  }));
  return [{ mesh, where: '' }, ...own].reduce((most, each) =>
    devicesOf(each.mesh) > devicesOf(most.mesh) ? each : most,
  );
}

/** What JAX is told of the host's devices. A processor plays as many as are asked for; nothing else can. */
export function deviceEnvironment(spec: LaidOut, { platform, devices }: HostFacts): Record<string, string> {
  const wanted = devicesOf(largestMesh(spec).mesh);
  const isPlayed = platform === 'cpu' && wanted > devices;
  return {
    JAX_PLATFORMS: platform === 'gpu' ? 'cuda' : platform,
    ...(isPlayed ? { XLA_FLAGS: `--xla_force_host_platform_device_count=${wanted}` } : {}),
  };
}
