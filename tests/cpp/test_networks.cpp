// rollout/: the arithmetic of networks, heads and returns gives the bits of plain loops on every instruction set,
// for any number of lanes.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "check.hpp"
#include "core/rng.hpp"
#include "engine/cpu_dispatch.hpp"
#include "rollout/activations.hpp"
#include "rollout/gru.hpp"
#include "rollout/head_kernels.hpp"
#include "rollout/network.hpp"
#include "rollout/returns_kernels.hpp"

namespace {

using namespace plyo;

std::vector<Isa> isas() {
  std::vector<Isa> all;
  for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512}) {
    if (isa_supported(isa)) all.push_back(isa);
  }
  return all;
}

template <class Number = float>
std::vector<Number> drawn(Rng& rng, std::size_t size, double low = -3, double high = 3) {
  std::vector<Number> values(size);
  for (Number& value : values) value = static_cast<Number>(rng.uniform(low, high));
  return values;
}

template <class Number>
bool same_bits(const std::vector<Number>& a, const std::vector<Number>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Number)) == 0;
}

float apply(Activation activation, float x) {
  switch (activation) {
    case Activation::kTanh:
      return nn::tanh(x);
    case Activation::kRelu:
      return nn::relu(x);
    case Activation::kSilu:
      return nn::silu(x);
    case Activation::kNone:
      break;
  }
  return x;
}

// The outputs of one lane, term by term.
std::vector<float> forward(std::span<const DenseLayer> layers, std::size_t member, Activation activation,
                           std::vector<float> values) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const DenseLayer& layer = layers[l];
    std::vector<float> outputs(layer.num_outputs);
    for (std::size_t u = 0; u < layer.num_outputs; ++u) {
      const std::size_t row = member * layer.num_outputs + u;
      float sum = layer.bias[row];
      for (std::size_t k = 0; k < layer.num_inputs; ++k) {
        sum += layer.weights[row * layer.num_inputs + k] * values[k];
      }
      outputs[u] = l + 1 < layers.size() ? apply(activation, sum) : sum;
    }
    values = outputs;
  }
  return values;
}

}  // namespace

PLYO_TEST(networks_add_their_terms_in_order_on_every_instruction_set) {
  constexpr std::size_t kPopulation = 2;
  Rng rng = seeded_rng(1);
  for (const auto& sizes : std::vector<std::vector<std::size_t>>{
           {1, 1}, {3, 2}, {4, 5, 3}, {17, 16, 6}, {5, 64, 64, 2}, {2, 33, 7, 1}, {9, 130, 19}}) {
    std::vector<DenseLayer> layers;
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
      layers.push_back({.num_inputs = sizes[l],
                        .num_outputs = sizes[l + 1],
                        .weights = drawn(rng, kPopulation * sizes[l] * sizes[l + 1]),
                        .bias = drawn(rng, kPopulation * sizes[l + 1])});
    }
    const std::size_t inputs = sizes.front(), outputs = sizes.back();
    const std::vector<float> rows = drawn(rng, kBlockLanes * inputs);
    for (const Activation activation : {Activation::kTanh, Activation::kRelu, Activation::kSilu}) {
      const Network network(layers, kPopulation, activation, Activation::kNone, "");
      CHECK_EQ(network.num_inputs(), inputs);
      CHECK_EQ(network.num_outputs(), outputs);
      AlignedFloats one, other;
      one.resize(network.room());
      other.resize(network.room());
      for (const Isa isa : isas()) {
        const NetworkKernels& kernels = network_kernels(isa);
        for (const std::size_t lanes : {1, 2, 3, 4, 7, 15, 16, 17, 31, 33, 48, 63, 64}) {
          std::vector<float> planes(inputs * kBlockLanes, 7);
          kernels.to_planes(rows.data(), inputs, inputs, lanes, planes.data());
          for (const bool in_rows : {false, true}) {
            if (in_rows && lanes >= kLaneGroup) continue;
            const LaneValues given{.data = in_rows ? rows.data() : planes.data(),
                                   .lanes = lanes,
                                   .row_pitch = in_rows ? inputs : 0};
            for (std::size_t member = 0; member < kPopulation; ++member) {
              const LaneValues made = network.forward(kernels, member, given, one.data(), other.data());
              CHECK_EQ(made.in_rows(), in_rows);
              for (std::size_t i = 0; i < lanes; ++i) {
                const std::vector<float> expected =
                    forward(layers, member, activation,
                            {rows.begin() + static_cast<std::ptrdiff_t>(i * inputs),
                             rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * inputs)});
                std::vector<float> found(outputs);
                for (std::size_t u = 0; u < outputs; ++u) {
                  found[u] = made.data[in_rows ? i * made.row_pitch + u : u * kBlockLanes + i];
                }
                CHECK(same_bits(found, expected));
              }
            }
          }
        }
      }
    }
  }
}

PLYO_TEST(networks_bring_observations_into_planes) {
  Rng rng = seeded_rng(2);
  const std::vector<float> rows = drawn(rng, kBlockLanes * 5);
  std::vector<double> doubles(rows.begin(), rows.end());
  for (double& value : doubles) value *= 1 + 1e-10;
  for (const Isa isa : isas()) {
    for (const std::size_t lanes : {1, 16, 21, 64}) {
      std::vector<float> planes(5 * kBlockLanes, 7), same(5 * kBlockLanes, 7);
      network_kernels(isa).to_planes(rows.data(), 5, 5, lanes, planes.data());
      network_kernels(isa).doubles_to_planes(doubles.data(), 5, 5, lanes, same.data());
      CHECK(same_bits(planes, same));
      for (std::size_t k = 0; k < 5; ++k) {
        for (std::size_t i = 0; i < kBlockLanes; ++i) {
          const float expected =
              i < lanes ? rows[i * 5 + k] : (i < round_up(lanes, kLaneGroup) ? 0.0F : 7.0F);
          CHECK_EQ(planes[k * kBlockLanes + i], expected);
        }
      }
    }
  }
}

PLYO_TEST(networks_have_the_same_bits_side_by_side) {
  Rng rng = seeded_rng(9);
  const auto chain = [&](const std::vector<std::size_t>& sizes) {
    std::vector<DenseLayer> layers;
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
      layers.push_back({.num_inputs = sizes[l],
                        .num_outputs = sizes[l + 1],
                        .weights = drawn(rng, sizes[l] * sizes[l + 1]),
                        .bias = drawn(rng, sizes[l + 1])});
    }
    return Network(layers, 1, Activation::kTanh, Activation::kNone, "");
  };
  const Network actor = chain({5, 33, 18, 2}), critic = chain({5, 20, 1});
  const std::vector<float> rows = drawn(rng, 7 * 5);
  const LaneValues given{.data = rows.data(), .lanes = 7, .row_pitch = 5};
  AlignedFloats room[4], alone[2];
  for (AlignedFloats& buffer : room) buffer.resize(actor.room());
  for (AlignedFloats& buffer : alone) buffer.resize(actor.room());
  for (const Isa isa : isas()) {
    for (const bool swapped : {false, true}) {
      const Network& a = swapped ? critic : actor;
      const Network& b = swapped ? actor : critic;
      Network::Pass of_a{.values = given, .one = room[0].data(), .other = room[1].data()};
      Network::Pass of_b{.values = given, .one = room[2].data(), .other = room[3].data()};
      Network::forward_both(network_kernels(isa), 0, a, of_a, b, of_b);
      for (const auto& [network, made] : {std::pair(&a, of_a.values), {&b, of_b.values}}) {
        const LaneValues expected =
            network->forward(network_kernels(isa), 0, given, alone[0].data(), alone[1].data());
        CHECK_EQ(made.row_pitch, expected.row_pitch);
        for (std::size_t i = 0; i < 7; ++i) {
          for (std::size_t u = 0; u < network->num_outputs(); ++u) {
            CHECK_EQ(made.data[i * made.row_pitch + u], expected.data[i * made.row_pitch + u]);
          }
        }
      }
    }
  }
}

PLYO_TEST(networks_refuse_layers_that_do_not_fit) {
  const auto fails = [](const std::vector<DenseLayer>& layers) {
    try {
      const Network network(layers, 1, Activation::kTanh, Activation::kNone, "value ");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const float infinite = std::numeric_limits<float>::infinity();
  CHECK(fails({{2, 1, {1, 2}, {0}}}).empty());
  CHECK(fails({{2, 1, {1}, {0}}}).find("value layer 0 does not fit") != std::string::npos);
  CHECK(fails({{2, 1, {1, 2}, {}}}).find("value layer 0 does not fit") != std::string::npos);
  CHECK(fails({{1, 2, {1, 2}, {0, 0}}, {3, 1, {1, 2, 3}, {0}}}).find("value layer 1") != std::string::npos);
  CHECK(fails({{2, 1, {1, infinite}, {0}}}).find("the weights of value layer 0 must be finite") !=
        std::string::npos);
  CHECK(fails({{1, 1, {1}, {-infinite}}}).find("the bias of value layer 0 must be finite") !=
        std::string::npos);
}

// ---- gated recurrent units ----

namespace {

// One step of one lane, term by term; `hidden` is moved.
void step_gru(std::span<const DenseLayer> inputs, std::span<const DenseLayer> states, std::size_t member,
              std::vector<float> values, std::vector<float>& hidden) {
  const std::size_t units = states[0].num_inputs;
  for (std::size_t l = 0; l < inputs.size(); ++l) {
    float* const own = hidden.data() + l * units;
    const std::vector<float> given = forward(inputs.subspan(l, 1), member, Activation::kNone, values);
    const std::vector<float> kept =
        forward(states.subspan(l, 1), member, Activation::kNone, std::vector<float>(own, own + units));
    for (std::size_t k = 0; k < units; ++k) {
      const float r = nn::sigmoid(given[k] + kept[k]);
      const float z = nn::sigmoid(given[units + k] + kept[units + k]);
      const float n = nn::tanh(given[2 * units + k] + r * kept[2 * units + k]);
      own[k] = n + z * (own[k] - n);
    }
    values.assign(own, own + units);
  }
}

}  // namespace

PLYO_TEST(networks_gru_has_the_same_bits_on_every_instruction_set) {
  constexpr std::size_t kPopulation = 2;
  Rng rng = seeded_rng(6);
  for (const auto& [num_inputs, units, num_layers] :
       {std::array<std::size_t, 3>{1, 1, 1}, {3, 5, 2}, {7, 16, 1}, {4, 33, 3}}) {
    std::vector<DenseLayer> inputs, states;
    for (std::size_t l = 0; l < num_layers; ++l) {
      for (const bool is_state : {false, true}) {
        const std::size_t width = is_state || l > 0 ? units : num_inputs;
        (is_state ? states : inputs)
            .push_back({.num_inputs = width,
                        .num_outputs = 3 * units,
                        .weights = drawn(rng, kPopulation * width * 3 * units),
                        .bias = drawn(rng, kPopulation * 3 * units)});
      }
    }
    const Gru gru(inputs, states, kPopulation);
    const std::size_t size = gru.shape().size();
    CHECK_EQ(size, num_layers * units);
    const std::vector<float> rows = drawn(rng, kBlockLanes * num_inputs);
    const std::vector<float> hidden = drawn(rng, kBlockLanes * size, -1, 1);
    AlignedFloats scratch;
    scratch.resize(gru.room());
    for (const Isa isa : isas()) {
      const NetworkKernels& kernels = network_kernels(isa);
      for (const std::size_t lanes : {1, 3, 15, 16, 17, 48, 63, 64}) {
        std::vector<float> planes(num_inputs * kBlockLanes, 7);
        kernels.to_planes(rows.data(), num_inputs, num_inputs, lanes, planes.data());
        for (const bool in_rows : {false, true}) {
          if (in_rows && lanes >= kLaneGroup) continue;
          const LaneValues given{.data = in_rows ? rows.data() : planes.data(),
                                 .lanes = lanes,
                                 .row_pitch = in_rows ? num_inputs : 0};
          for (std::size_t member = 0; member < kPopulation; ++member) {
            std::vector<float> after = hidden;
            const LaneValues made = gru.forward(kernels, member, given, hidden.data(), scratch.data());
            gru.store(kernels, made, scratch.data(), after.data());
            CHECK_EQ(made.in_rows(), in_rows);
            for (std::size_t i = 0; i < kBlockLanes; ++i) {
              const auto at = static_cast<std::ptrdiff_t>(i * size);
              std::vector<float> expected(hidden.begin() + at,
                                          hidden.begin() + at + static_cast<std::ptrdiff_t>(size));
              if (i < lanes) {
                step_gru(inputs, states, member,
                         {rows.begin() + static_cast<std::ptrdiff_t>(i * num_inputs),
                          rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * num_inputs)},
                         expected);
              }
              CHECK(same_bits(expected,
                              {after.begin() + at, after.begin() + at + static_cast<std::ptrdiff_t>(size)}));
              for (std::size_t k = 0; k < units && i < lanes; ++k) {
                const float last = made.data[in_rows ? i * made.row_pitch + k : k * kBlockLanes + i];
                CHECK_EQ(last, expected[size - units + k]);
              }
            }
          }
        }
      }
    }
  }
}

PLYO_TEST(networks_gru_layers_fit_each_other) {
  const auto layer = [](std::size_t inputs, std::size_t outputs) {
    return DenseLayer{.num_inputs = inputs,
                      .num_outputs = outputs,
                      .weights = std::vector<float>(inputs * outputs),
                      .bias = std::vector<float>(outputs)};
  };
  const auto fails = [](const std::vector<DenseLayer>& inputs, const std::vector<DenseLayer>& states) {
    try {
      const Gru gru(inputs, states, 1);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(fails({layer(4, 6), layer(2, 6)}, {layer(2, 6), layer(2, 6)}).empty());
  CHECK(Gru().empty());
  CHECK_EQ(Gru().shape().size(), 0U);
  CHECK(fails({layer(4, 6)}, {}).find("1 of inputs and 0 of hidden states") != std::string::npos);
  CHECK(fails({layer(4, 5)}, {layer(2, 6)}).find("GRU layer 0 must have 6 gates") != std::string::npos);
  CHECK(fails({layer(4, 6)}, {layer(2, 5)}).find("GRU layer 0 must have 6 gates") != std::string::npos);
  CHECK(fails({layer(4, 6), layer(4, 6)}, {layer(2, 6), layer(2, 6)}).find("GRU layer 1 must") !=
        std::string::npos);
}

// ---- activations ----

PLYO_TEST(networks_have_activations_within_a_few_units_in_the_last_place) {
  const auto ulps = [](float found, long double exact) {
    const auto rounded = static_cast<float>(exact);
    const float unit =
        std::nextafter(std::fabs(rounded), 4.0F * std::fabs(rounded) + 1.0F) - std::fabs(rounded);
    return std::fabs(static_cast<long double>(found) - exact) / static_cast<long double>(unit);
  };
  long double tanh_error = 0, exp_error = 0, sigmoid_error = 0, silu_error = 0;
  for (int step = -200'000; step <= 200'000; ++step) {
    const float x = static_cast<float>(step) * 6.25e-5F;  // to 12.5
    const auto exact = static_cast<long double>(x);
    tanh_error = std::max(tanh_error, ulps(nn::tanh(x), std::tanh(exact)));
    exp_error = std::max(exp_error, ulps(nn::exp(x), std::exp(exact)));
    const long double sigmoid = 1 / (1 + std::exp(-exact));
    sigmoid_error = std::max(sigmoid_error, ulps(nn::sigmoid(x), sigmoid));
    if (step != 0) silu_error = std::max(silu_error, ulps(nn::silu(x), exact * sigmoid));
    CHECK(std::fabs(nn::tanh(x)) <= 1.0F);
    CHECK_EQ(nn::tanh(-x), -nn::tanh(x));
    CHECK_EQ(nn::relu(x), std::max(0.0F, x));
  }
  CHECK(tanh_error < 2.6L);
  CHECK(exp_error < 1.0L);
  CHECK(sigmoid_error < 2.6L);
  CHECK(silu_error < 3.0L);
  const float infinite = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  CHECK_EQ(nn::tanh(infinite), 1.0F);
  CHECK_EQ(nn::tanh(-infinite), -1.0F);
  CHECK_EQ(nn::silu(200.0F), 200.0F);
  CHECK(std::fabs(nn::silu(-200.0F)) < 1e-30F);
  CHECK(nn::exp(-infinite) > 0 && nn::exp(-1000.0F) < 1e-37F && nn::exp(1000.0F) < infinite);
  CHECK(std::isnan(nn::tanh(nan)) && std::isnan(nn::relu(nan)) && std::isnan(nn::silu(nan)));
}

// ---- heads ----

namespace {

struct Drawn {
  std::vector<std::int64_t> choices;
  std::vector<float> draws, log_probs, entropies;
};

// One block through a head of one instruction set.
template <class Choose>
Drawn run_head(std::size_t lanes, std::size_t size, const std::vector<float>& outputs,
               const std::vector<std::uint64_t>& words, const Choose& choose) {
  Drawn drawn{.choices = std::vector<std::int64_t>(lanes + 1, -7),
              .draws = std::vector<float>(size * kBlockLanes),
              .log_probs = std::vector<float>(lanes + 1, -7),
              .entropies = std::vector<float>(lanes + 1, -7)};
  std::vector<float> scratch(2 * size * kBlockLanes);
  const HeadBlock block{.lanes = lanes,
                        .outputs = outputs.data(),
                        .words = words.data(),
                        .scratch = scratch.data(),
                        .log_probs = drawn.log_probs.data(),
                        .entropies = drawn.entropies.data()};
  choose(block, drawn);
  CHECK_EQ(drawn.choices[lanes], -7);
  CHECK_EQ(drawn.log_probs[lanes], -7.0F);
  CHECK_EQ(drawn.entropies[lanes], -7.0F);
  return drawn;
}

bool is_same(const Drawn& a, const Drawn& b, std::size_t lanes, std::size_t size) {
  bool same =
      a.choices == b.choices && same_bits(a.log_probs, b.log_probs) && same_bits(a.entropies, b.entropies);
  for (std::size_t k = 0; k < size; ++k) {
    same =
        same && std::memcmp(&a.draws[k * kBlockLanes], &b.draws[k * kBlockLanes], lanes * sizeof(float)) == 0;
  }
  return same;
}

}  // namespace

PLYO_TEST(networks_choose_with_the_probabilities_of_the_softmax) {
  Rng rng = seeded_rng(3);
  for (const std::size_t size : {1, 2, 3, 6, 18}) {
    const std::vector<float> logits = drawn(rng, size * kBlockLanes, -4, 4);
    std::vector<std::uint64_t> words(kBlockLanes);
    for (std::uint64_t& word : words) word = rng.next_uint64();
    words[0] = 0;
    words[1] = ~std::uint64_t{0};
    for (const std::size_t lanes : {1, 2, 16, 17, 64}) {
      const auto categorical = [&](Isa isa) {
        return run_head(lanes, size, logits, words, [&](const HeadBlock& block, Drawn& drawn) {
          head_kernels(isa).categorical(block, size, drawn.choices.data());
        });
      };
      const Drawn base = categorical(Isa::kBaseline);
      for (const Isa isa : isas()) CHECK(is_same(categorical(isa), base, lanes, 0));
      for (std::size_t i = 0; i < lanes; ++i) {
        long double top = logits[i], total = 0, entropy = 0, before = 0;
        for (std::size_t a = 0; a < size; ++a) top = std::max<long double>(top, logits[a * kBlockLanes + i]);
        for (std::size_t a = 0; a < size; ++a) total += std::exp(logits[a * kBlockLanes + i] - top);
        const auto log_prob = [&](std::size_t a) {
          return logits[a * kBlockLanes + i] - top - std::log(total);
        };
        for (std::size_t a = 0; a < size; ++a) entropy -= std::exp(log_prob(a)) * log_prob(a);
        CHECK(base.choices[i] >= 0 && static_cast<std::size_t>(base.choices[i]) < size);
        const auto chosen = static_cast<std::size_t>(base.choices[i]);
        CHECK_NEAR(base.log_probs[i], log_prob(chosen), 2e-6);
        CHECK_NEAR(base.entropies[i], entropy, 4e-6);
        // the number drawn lies within the choice's share
        for (std::size_t a = 0; a < chosen; ++a) before += std::exp(log_prob(a));
        const long double u = (static_cast<long double>(words[i] >> 41) * 2 + 1) * 0x1p-24L;
        CHECK(u > before - 1e-6L && u < before + std::exp(log_prob(chosen)) + 1e-6L);
      }
    }
  }
  // what has no probability is never drawn: not first, not last, not by the ends of the uniform numbers
  for (const std::uint64_t word : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    std::vector<float> logits(3 * kBlockLanes, -1e30F);
    for (std::size_t i = 0; i < kBlockLanes; ++i) logits[kBlockLanes + i] = 5;
    const Drawn certain = run_head(64, 3, logits, std::vector<std::uint64_t>(kBlockLanes, word),
                                   [&](const HeadBlock& block, Drawn& drawn) {
                                     head_kernels(Isa::kBaseline).categorical(block, 3, drawn.choices.data());
                                   });
    for (std::size_t i = 0; i < 64; ++i) CHECK_EQ(certain.choices[i], 1);
    for (std::size_t i = 0; i < 64; ++i) CHECK_EQ(certain.log_probs[i], 0.0F);
  }
}

PLYO_TEST(networks_take_the_first_of_the_largest) {
  std::vector<float> outputs(3 * kBlockLanes);
  for (std::size_t i = 0; i < kBlockLanes; ++i) {
    outputs[i] = static_cast<float>(i % 3);
    outputs[kBlockLanes + i] = static_cast<float>(i % 2);
    outputs[2 * kBlockLanes + i] = 1;
  }
  for (const Isa isa : isas()) {
    const Drawn best = run_head(64, 3, outputs, {}, [&](const HeadBlock& block, Drawn& drawn) {
      head_kernels(isa).argmax(block, 3, drawn.choices.data());
    });
    for (std::size_t i = 0; i < 64; ++i) {
      const std::int64_t expected = i % 3 >= 1 ? 0 : (i % 2 == 1 ? 1 : 2);
      CHECK_EQ(best.choices[i], expected);
    }
  }
}

PLYO_TEST(networks_draw_normals_and_squash_them) {
  Rng rng = seeded_rng(4);
  for (const std::size_t size : {1, 2, 5}) {
    const std::vector<float> means = drawn(rng, size * kBlockLanes), log_std = drawn(rng, size, -2, 0.5);
    std::vector<std::uint64_t> words(words_of_gaussian(size) * kBlockLanes);
    for (std::uint64_t& word : words) word = rng.next_uint64();
    words[0] = 0;
    words[1] = ~std::uint64_t{0};
    for (const std::size_t lanes : {1, 16, 40, 64}) {
      const auto gaussian = [&](Isa isa, bool squash) {
        return run_head(lanes, size, means, words, [&](const HeadBlock& block, Drawn& drawn) {
          head_kernels(isa).gaussian(block, size, log_std.data(), drawn.draws.data());
          if (squash) head_kernels(isa).squash(block, size, 0.7F, drawn.draws.data());
        });
      };
      const Drawn plain = gaussian(Isa::kBaseline, false), squashed = gaussian(Isa::kBaseline, true);
      for (const Isa isa : isas()) {
        CHECK(is_same(gaussian(isa, false), plain, lanes, size));
        CHECK(is_same(gaussian(isa, true), squashed, lanes, size));
      }
      constexpr long double kLogRootOfTwoPi = 0.918938533204672741780329736406L;
      for (std::size_t i = 0; i < lanes; ++i) {
        long double log_prob = 0, entropy = 0, change = 0.7L;
        for (std::size_t k = 0; k < size; ++k) {
          const long double draw = plain.draws[k * kBlockLanes + i], std = std::exp(1.0L * log_std[k]);
          const long double normal = (draw - means[k * kBlockLanes + i]) / std;
          CHECK(std::fabs(normal) < 7);
          log_prob -= normal * normal / 2 + log_std[k] + kLogRootOfTwoPi;
          entropy += log_std[k] + kLogRootOfTwoPi + 0.5L;
          const long double tanh = std::tanh(draw);
          CHECK_NEAR(squashed.draws[k * kBlockLanes + i], tanh, 3e-7);
          change += 2 * (std::log(2.0L) - std::fabs(draw) - std::log1p(std::exp(-2 * std::fabs(draw))));
        }
        CHECK_NEAR(plain.log_probs[i], log_prob, 3e-5);
        CHECK_NEAR(plain.entropies[i], entropy, 3e-6);
        CHECK_NEAR(squashed.log_probs[i], log_prob - change, 4e-5);
      }
    }
  }
}

PLYO_TEST(networks_give_each_lane_a_standard_deviation_of_its_own) {
  Rng rng = seeded_rng(8);
  constexpr LogStdRange kRange{.low = -2, .high = 0.5F};
  for (const std::size_t size : {1, 2, 5}) {
    // the log_std of some lanes are beyond the range
    const std::vector<float> outputs = drawn(rng, 2 * size * kBlockLanes);
    std::vector<std::uint64_t> words(words_of_gaussian(size) * kBlockLanes);
    for (std::uint64_t& word : words) word = rng.next_uint64();
    for (const std::size_t lanes : {1, 16, 40, 64}) {
      const auto draw = [&](Isa isa) {
        return run_head(lanes, size, outputs, words, [&](const HeadBlock& block, Drawn& drawn) {
          head_kernels(isa).gaussian_of_outputs(block, size, kRange, drawn.draws.data());
        });
      };
      const Drawn base = draw(Isa::kBaseline);
      for (const Isa isa : isas()) CHECK(is_same(draw(isa), base, lanes, size));
      // a lane draws as under the head that has its log_std for all
      for (std::size_t i = 0; i < lanes; ++i) {
        std::vector<float> log_std(size);
        for (std::size_t k = 0; k < size; ++k) {
          log_std[k] = std::clamp(outputs[(size + k) * kBlockLanes + i], kRange.low, kRange.high);
        }
        const Drawn own = run_head(lanes, size, outputs, words, [&](const HeadBlock& block, Drawn& drawn) {
          head_kernels(Isa::kBaseline).gaussian(block, size, log_std.data(), drawn.draws.data());
        });
        for (std::size_t k = 0; k < size; ++k) {
          CHECK_EQ(base.draws[k * kBlockLanes + i], own.draws[k * kBlockLanes + i]);
        }
        CHECK_EQ(base.log_probs[i], own.log_probs[i]);
        CHECK_EQ(base.entropies[i], own.entropies[i]);
      }
    }
  }
}

// ---- advantages and returns ----

namespace {

template <class Number>
void check_returns(std::size_t num_steps, std::size_t num_lanes, bool own_next) {
  Rng rng = seeded_rng(num_steps * 1000 + num_lanes);
  const std::size_t pitch = num_lanes + 3, out_pitch = num_lanes + 2;
  const auto rewards = drawn<Number>(rng, num_steps * pitch), values = drawn<Number>(rng, num_steps * pitch),
             last = drawn<Number>(rng, num_lanes), next = drawn<Number>(rng, num_steps * pitch),
             ratios = drawn<Number>(rng, num_steps * pitch, -1, 1);
  std::vector<std::uint8_t> flags(num_steps * pitch);
  for (std::uint8_t& flag : flags) {
    const double u = rng.next_double();
    flag = step_flags(u < 0.1, u > 0.05 && u < 0.2, u < 0.95);
  }
  const RewardArrays<Number> steps{.rewards = rewards.data(),
                                   .values = values.data(),
                                   .last_values = last.data(),
                                   .next_values = own_next ? next.data() : nullptr,
                                   .flags = flags.data(),
                                   .num_steps = num_steps,
                                   .num_lanes = num_lanes,
                                   .pitch = pitch,
                                   .out_pitch = out_pitch};
  const Number gamma = static_cast<Number>(0.97), lambda = static_cast<Number>(0.9),
               limit = static_cast<Number>(0.8), traces = static_cast<Number>(1.1);
  // plain loops, lane by lane
  const Number untouched = -7;
  std::vector<Number> advantages(num_steps * out_pitch, untouched),
      returns = advantages, targets = advantages, gains = advantages, sums = advantages;
  for (std::size_t i = 0; i < num_lanes; ++i) {
    Number advantage = 0, correction = 0, sum = last[i];
    for (std::size_t t = num_steps; t-- > 0;) {
      const std::size_t at = t * pitch + i, to = t * out_pitch + i;
      Number after = t + 1 < num_steps ? values[at + pitch] : last[i];
      if (own_next) after = next[at];
      if ((flags[at] & step_flag::kBootstraps) == 0) after = 0;
      if ((flags[at] & step_flag::kContinues) == 0) advantage = correction = sum = 0;
      const Number delta = (rewards[at] + gamma * after) - values[at];
      const Number ratio = sizeof(Number) == 4
                               ? static_cast<Number>(nn::exp(static_cast<float>(ratios[at])))
                               : static_cast<Number>(math::exp(static_cast<double>(ratios[at])));
      const Number rho = std::min(ratio, limit), c = lambda * std::min(ratio, traces);
      const Number gain = rho * ((rewards[at] + gamma * (after + correction)) - values[at]);
      advantage = delta + (gamma * lambda) * advantage;
      correction = rho * delta + (gamma * c) * correction;
      sum = rewards[at] + gamma * sum;
      const bool valid = (flags[at] & step_flag::kValid) != 0;
      if (!valid) advantage = correction = 0;
      advantages[to] = advantage;
      returns[to] = advantage + values[at];
      targets[to] = values[at] + correction;
      gains[to] = valid ? gain : 0;
      sums[to] = sum;
    }
  }
  for (const Isa isa : isas()) {
    const ReturnsKernels& all = returns_kernels(isa);
    const auto& kernels = [&]() -> const ReturnsKernelsOf<Number>& {
      if constexpr (sizeof(Number) == 4)
        return all.floats;
      else
        return all.doubles;
    }();
    std::vector<Number> a(num_steps * out_pitch, untouched), b = a;
    kernels.gae(steps, gamma, lambda, a.data(), b.data());
    CHECK(same_bits(a, advantages));
    CHECK(same_bits(b, returns));
    kernels.vtrace(steps, ratios.data(), gamma, lambda, limit, traces, a.data(), b.data());
    CHECK(same_bits(a, targets));
    CHECK(same_bits(b, gains));
    kernels.discount(steps, gamma, a.data());
    CHECK(same_bits(a, sums));
    std::vector<Number> alone(num_steps * out_pitch, untouched);
    kernels.gae(steps, gamma, lambda, nullptr, alone.data());
    CHECK(same_bits(alone, returns));
    kernels.gae(steps, gamma, lambda, alone.data(), nullptr);
    CHECK(same_bits(alone, advantages));
  }
}

}  // namespace

PLYO_TEST(networks_returns_are_those_of_plain_loops) {
  for (const bool own_next : {false, true}) {
    for (const std::size_t lanes : {1, 5, 64, 600}) {
      for (const std::size_t steps : {1, 2, 33}) {
        check_returns<float>(steps, lanes, own_next);
        check_returns<double>(steps, lanes, own_next);
      }
    }
  }
}
