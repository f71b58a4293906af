// A policy that looks its action up in a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "policy.hpp"
#include "table_index.hpp"

namespace plyo {

// The action of every observation, and with probability epsilon a random one.
class TabularPolicy final : public Policy {
 public:
  // `choices` counts from the first action; with probability `epsilon` the action is drawn evenly from all.
  TabularPolicy(std::vector<std::int64_t> choices, double epsilon, SeedWords seed)
      : choices_(std::move(choices)), epsilon_(epsilon), seed_(std::move(seed)) {}
  // Takes another table; the streams continue.
  void set_table(std::vector<std::int64_t> choices, double epsilon) {
    choices_ = std::move(choices);
    epsilon_ = epsilon;
  }
  void prepare(const PolicyBatch& engine, std::size_t num_steps) override;
  ConstLeaves act(const PolicyTile& tile) override;
  bool needs_observations() const override { return true; }
  double nanoseconds_per_lane() const override { return epsilon_ > 0 ? 6 : 2; }

 private:
  std::vector<std::int64_t> choices_;
  double epsilon_;
  SeedWords seed_;
  TableIndex index_;
  std::int64_t num_actions_ = 0;
  std::int64_t start_ = 0;
};

}  // namespace plyo
