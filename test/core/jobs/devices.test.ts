// The devices that a run is laid out over, and what JAX is told of them.
import { expect, it } from 'vitest';
import { deviceEnvironment, largestMesh } from '../../../core/jobs/devices.ts';

const mesh = { fsdp: 1, tp: 4 };
const stages = [{}, { mesh: { fsdp: 8, tp: 1 } }, { mesh: null }];

it('are those of the largest mesh, and it is known whose that is', () => {
  expect(largestMesh({ mesh })).toEqual({ mesh, where: '' });
  expect(largestMesh({ mesh, stages })).toEqual({ mesh: { fsdp: 8, tp: 1 }, where: 'stages[1].' });
  expect(largestMesh({ mesh, stages: [{ mesh: { fsdp: 2, tp: 1 } }] })).toEqual({ mesh, where: '' });
});

it('are played where there are too few, by a processor only', () => {
  const flags = '--xla_force_host_platform_device_count=8';
  const on = (platform: 'cpu' | 'gpu' | 'tpu', devices: number) =>
    deviceEnvironment({ mesh, stages }, { platform, devices });
  expect(on('cpu', 1)).toEqual({ JAX_PLATFORMS: 'cpu', XLA_FLAGS: flags });
  expect(on('cpu', 8)).toEqual({ JAX_PLATFORMS: 'cpu' });
  expect(on('gpu', 1)).toEqual({ JAX_PLATFORMS: 'cuda' });
  expect(on('tpu', 1)).toEqual({ JAX_PLATFORMS: 'tpu' });
});
