// All that a step computes, with a number in each lane. Names are MuJoCo's (mjData).

// A contact of each lane with the floor, the n-th one of the lane: lanes may have different geoms here.
template <class V>
struct FloorContact {
  Vec3<V> end;                      // the centre of the sphere that touches, m
  Vec3<V> axis;                     // what the first tangent is made of: the capsule's axis
  V distance;                       // m, negative where bodies overlap
  Vec3<V> position, first, second;  // where it is, m, and its tangents
  V friction;
  std::int32_t geom[lanes::kLanesOf<V>];  // its place in Model::floor_geoms
};

// A limit that a joint of each lane has reached, the n-th one of the lane.
template <class V>
struct ReachedLimit {
  V distance;                              // to the limit, rad or m
  V sign;                                  // of the joint's velocity towards the inside
  std::int32_t limit[lanes::kLanesOf<V>];  // its place in Model::limits
};

// The rows of the constraints, and what the solver keeps of each.
template <class V>
struct Rows {
  std::size_t count;
  V jacobian[kMaxRows][kMaxDofs];
  V weight[kMaxRows];     // D, the inverse of the regulariser
  V reference[kMaxRows];  // aref
  V residual[kMaxRows];   // J qacc - aref
  V force[kMaxRows];
  lanes::Mask<V> exists[kMaxRows];  // lanes with fewer rows are padded
  lanes::Mask<V> pushes[kMaxRows];  // rows with a force
  std::int32_t tree[kMaxRows][lanes::kLanesOf<V>];
};

// What the solver computes. Vectors have the model's degrees of freedom, the Hessian those of one tree.
template <class V>
struct SolverWork {
  V factor[kMaxDofs * kMaxDofs];                               // of the Hessian, lower triangle by rows
  V inertia_acceleration[kMaxDofs], inertia_search[kMaxDofs];  // M qacc, M search
  V gradient[kMaxDofs], step[kMaxDofs], search[kMaxDofs];
  lanes::Mask<V> takes_part[kMaxRows], pushed_before[kMaxRows];
  V smooth_residual[kMaxRows], row_search[kMaxRows];
  V constant[kMaxRows], linear[kMaxRows], square[kMaxRows];  // a row's cost along the search direction
};

template <class V>
struct Work {
  V numbers[Numbers::kCount];
  V qpos[kMaxPositions], qvel[kMaxDofs], qacc_warmstart[kMaxDofs], ctrl[kMaxActuators];
  V qpos_before[kMaxPositions], qvel_before[kMaxDofs], warmstart_before[kMaxDofs];

  Vec3<V> xpos[kMaxBodies], xipos[kMaxBodies], subtree_com[kMaxBodies];
  Quat<V> xquat[kMaxBodies];
  Mat3<V> xmat[kMaxBodies], ximat[kMaxBodies];
  Vec3<V> xanchor[kMaxJoints], xaxis[kMaxJoints];
  Vec3<V> geom_xpos[kMaxTouching], geom_axis[kMaxTouching];  // the axis is the z axis
  Vec3<V> site_xpos[kMaxSites];
  Mat3<V> site_xmat[kMaxSites];

  Inertia<V> cinert[kMaxBodies], crb[kMaxBodies];
  Spatial<V> cdof[kMaxDofs], cdof_dot[kMaxDofs], cvel[kMaxBodies], cfrc_ext[kMaxBodies];
  // the inertia matrix, its factor L'DL, and the factor with damping
  V inertia[kMaxNonzeros], inertia_factor[kMaxNonzeros], inverse_diagonal[kMaxDofs];
  V damped_factor[kMaxNonzeros], damped_inverse_diagonal[kMaxDofs];
  V qfrc_passive[kMaxDofs], qfrc_bias[kMaxDofs], qfrc_actuator[kMaxDofs], qfrc_smooth[kMaxDofs];
  V qfrc_constraint[kMaxDofs], qacc_smooth[kMaxDofs], qacc[kMaxDofs];

  FloorContact<V> contacts[kMaxContacts];
  ReachedLimit<V> reached[kMaxLimits];
  Rows<V> rows, tree_rows;  // tree_rows: those of one tree, where there are several
  SolverWork<V> solver;

  std::int32_t num_rows[lanes::kLanesOf<V>], num_limits[lanes::kLanesOf<V>], num_contacts[lanes::kLanesOf<V>];
  V num_iterations;  // of the solver
  std::uint8_t efforts[lanes::kLanesOf<V>];
  Escape escapes[lanes::kLanesOf<V>];
};

// A lane escapes for the first of its reasons.
template <class V>
PLYO_LANES void escape_from(Work<V>& work, LaneMask lanes_of_it, Escape reason) {
  for (std::size_t l = 0; l < lanes::kLanesOf<V>; ++l) {
    if ((lanes_of_it >> l & 1) != 0 && work.escapes[l] == Escape::kNone) work.escapes[l] = reason;
  }
}
