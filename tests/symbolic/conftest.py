"""Every denominator, for tests that name `eps_mode`."""

import pytest

from l2norm_ref.symbolic import DENOMINATORS


@pytest.fixture(params=list(DENOMINATORS))
def eps_mode(request):
    return request.param
