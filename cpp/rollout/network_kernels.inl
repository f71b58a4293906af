// Dense layers of one instruction set: included once for each, in a namespace of its own. Before it:
//   PLYO_NETWORK_TARGET   the attribute of the instruction set's functions
//   kIsa, Vector, kWidth  the set, its vector of floats and their number
//   kTileVectors          vectors of lanes of a tile, for four outputs
//   kRowLanes, kRowPanels lanes and panels of a tile of rows
// The vectors are the compiler's own type, and every function has the target itself: in a function without it a
// wide vector would be cut into narrow ones before it is inlined.

// kOutputs outputs of a panel for kVectors vectors of lanes; the sums stay in registers.
template <std::size_t kOutputs, std::size_t kVectors>
PLYO_NETWORK_TARGET PLYO_ALWAYS_INLINE void block_tile(const float* PLYO_RESTRICT inputs,
                                                       std::size_t num_inputs,
                                                       const float* PLYO_RESTRICT weights,
                                                       float* PLYO_RESTRICT outputs) {
  Vector sums[kOutputs][kVectors];
  PLYO_UNROLL
  for (std::size_t u = 0; u < kOutputs; ++u) {
    PLYO_UNROLL
    // a number in all places of a vector; adding it to a zero instead would be an addition, as 0 + -0 is not -0
    for (std::size_t v = 0; v < kVectors; ++v) sums[u][v] = weights[u] - Vector{};
  }
  PLYO_UNROLL_INPUTS
  for (std::size_t k = 0; k < num_inputs; ++k) {
    weights += kPanelOutputs;
    Vector input[kVectors];
    PLYO_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      input[v] = *reinterpret_cast<const Vector*>(inputs + k * kBlockLanes + v * kWidth);
    }
    PLYO_UNROLL
    for (std::size_t u = 0; u < kOutputs; ++u) {
      const Vector weight = weights[u] - Vector{};
      PLYO_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) sums[u][v] = sums[u][v] + weight * input[v];
    }
  }
  PLYO_UNROLL
  for (std::size_t u = 0; u < kOutputs; ++u) {
    PLYO_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      *reinterpret_cast<Vector*>(outputs + u * kBlockLanes + v * kWidth) = sums[u][v];
    }
  }
}

template <std::size_t kOutputs>
PLYO_NETWORK_TARGET PLYO_ALWAYS_INLINE void block_tiles(const float* inputs, std::size_t num_inputs,
                                                        const float* weights, float* outputs,
                                                        std::size_t lanes) {
  std::size_t i = 0;
  for (; i + kTileVectors * kWidth <= lanes; i += kTileVectors * kWidth) {
    block_tile<kOutputs, kTileVectors>(inputs + i, num_inputs, weights, outputs + i);
  }
  for (; i < lanes; i += kWidth) block_tile<kOutputs, 1>(inputs + i, num_inputs, weights, outputs + i);
}

PLYO_NETWORK_TARGET inline void dense_block(const PackedLayer& layer, const float* inputs, float* outputs,
                                            std::size_t lanes) {
  const std::size_t rounded = round_up(lanes, kLaneGroup);
  const std::size_t panel_size = kPanelOutputs * (layer.num_inputs + 1);
  for (std::size_t first = 0; first < layer.num_outputs; first += kPanelOutputs) {
    const float* const panel = layer.panels + first / kPanelOutputs * panel_size;
    const std::size_t count = smaller(kPanelOutputs, layer.num_outputs - first);
    float* const out = outputs + first * kBlockLanes;
    std::size_t u = 0;
    for (; u + 4 <= count; u += 4) {
      block_tiles<4>(inputs, layer.num_inputs, panel + u, out + u * kBlockLanes, rounded);
    }
    if (u + 2 <= count) {
      block_tiles<2>(inputs, layer.num_inputs, panel + u, out + u * kBlockLanes, rounded);
      u += 2;
    }
    if (u < count) block_tiles<1>(inputs, layer.num_inputs, panel + u, out + u * kBlockLanes, rounded);
    // while the panel's outputs are in the first-level cache
    for (std::size_t p = 0; p < count && rounded < kBlockLanes; ++p) {
      compiled_for<kIsa, &activate>()(layer.activation, out + p * kBlockLanes, rounded);
    }
    if (rounded == kBlockLanes) {
      compiled_for<kIsa, &activate>()(layer.activation, out, count * kBlockLanes);
    }
  }
}

// kLanes lanes and the outputs of kPanels panels, which are the vector dimension.
template <std::size_t kLanes, std::size_t kPanels>
PLYO_NETWORK_TARGET PLYO_ALWAYS_INLINE void row_tile(const float* PLYO_RESTRICT inputs,
                                                     std::size_t input_pitch, std::size_t num_inputs,
                                                     const float* PLYO_RESTRICT panels,
                                                     float* PLYO_RESTRICT outputs, std::size_t output_pitch) {
  constexpr std::size_t kPerPanel = kPanelOutputs / kWidth;
  constexpr std::size_t kVectors = kPanels * kPerPanel;
  const std::size_t panel_size = kPanelOutputs * (num_inputs + 1);
  const float* starts[kVectors];
  PLYO_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) {
    starts[v] = panels + v / kPerPanel * panel_size + v % kPerPanel * kWidth;
  }
  Vector sums[kLanes][kVectors];
  PLYO_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) {
    PLYO_UNROLL
    for (std::size_t i = 0; i < kLanes; ++i) sums[i][v] = *reinterpret_cast<const Vector*>(starts[v]);
  }
  PLYO_UNROLL_INPUTS
  for (std::size_t k = 0; k < num_inputs; ++k) {
    Vector input[kLanes];
    PLYO_UNROLL
    for (std::size_t i = 0; i < kLanes; ++i) input[i] = inputs[i * input_pitch + k] - Vector{};
    PLYO_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Vector weights = *reinterpret_cast<const Vector*>(starts[v] + (k + 1) * kPanelOutputs);
      PLYO_UNROLL
      for (std::size_t i = 0; i < kLanes; ++i) sums[i][v] = sums[i][v] + weights * input[i];
    }
  }
  PLYO_UNROLL
  for (std::size_t i = 0; i < kLanes; ++i) {
    PLYO_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      *reinterpret_cast<Vector*>(outputs + i * output_pitch + v * kWidth) = sums[i][v];
    }
  }
}

template <std::size_t kLanes>
PLYO_NETWORK_TARGET PLYO_ALWAYS_INLINE void row_tiles(const PackedLayer& layer, const float* inputs,
                                                      std::size_t input_pitch, float* outputs,
                                                      std::size_t output_pitch) {
  // a single lane needs more sums at once: each waits for the one before it
  constexpr std::size_t kPanels = kLanes == 1 ? 4 * kWidth / kPanelOutputs : kRowPanels;
  const std::size_t panel_size = kPanelOutputs * (layer.num_inputs + 1);
  const std::size_t num_panels = round_up(layer.num_outputs, kPanelOutputs) / kPanelOutputs;
  std::size_t p = 0;
  for (; p + kPanels <= num_panels; p += kPanels) {
    row_tile<kLanes, kPanels>(inputs, input_pitch, layer.num_inputs, layer.panels + p * panel_size,
                              outputs + p * kPanelOutputs, output_pitch);
  }
  for (; p < num_panels; ++p) {
    row_tile<kLanes, 1>(inputs, input_pitch, layer.num_inputs, layer.panels + p * panel_size,
                        outputs + p * kPanelOutputs, output_pitch);
  }
}

PLYO_NETWORK_TARGET inline void dense_rows(const PackedLayer& layer, const float* inputs,
                                           std::size_t input_pitch, float* outputs, std::size_t output_pitch,
                                           std::size_t lanes) {
  std::size_t i = 0;
  for (; i + kRowLanes <= lanes; i += kRowLanes) {
    row_tiles<kRowLanes>(layer, inputs + i * input_pitch, input_pitch, outputs + i * output_pitch,
                         output_pitch);
  }
  for (; i < lanes; ++i) {
    row_tiles<1>(layer, inputs + i * input_pitch, input_pitch, outputs + i * output_pitch, output_pitch);
  }
  for (i = 0; i < lanes; ++i) {
    compiled_for<kIsa, &activate>()(layer.activation, outputs + i * output_pitch,
                                    round_up(layer.num_outputs, kPanelOutputs));
  }
}

constexpr NetworkKernels kKernels{&dense_block,
                                  &dense_rows,
                                  compiled_for<kIsa, &to_planes<float>>(),
                                  compiled_for<kIsa, &to_planes<double>>(),
                                  compiled_for<kIsa, &to_rows>(),
                                  compiled_for<kIsa, &gru_gates>()};
