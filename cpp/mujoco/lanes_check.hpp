// Steps packs beside MuJoCo itself, and compares what tasks read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model.hpp"

namespace plyo::mujoco {

// Simulations to compare: rows of doubles, one a trial.
struct Trials {
  std::size_t count = 0, num_steps = 0;
  std::int64_t num_substeps = 1;     // with the same controls
  const double* starts = nullptr;    // qpos, qvel, qacc_warmstart
  const double* controls = nullptr;  // num_steps times nu
};

struct Comparison {
  std::string difference;      // the first quantity that differs, and where; empty if none does
  std::uint64_t compared = 0;  // substeps of single lanes
  std::uint64_t escaped = 0;   // those that packs leave to MuJoCo
};

// Compares packs of many lanes, or of one, with `model`, whose mjData are used: those of each of `lanes`, which are of the
// same model and may have different instruction sets, with the same steps of MuJoCo. Numbers are compared, not the signs
// of zeros. Throws MujocoError where MuJoCo fails.
Comparison compare(const Model& model, const std::vector<const Lanes*>& lanes, bool is_single,
                   const Trials& trials);

}  // namespace plyo::mujoco
