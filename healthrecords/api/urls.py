"""The addresses of citizens and visits under /api/v1/."""

from rest_framework.routers import SimpleRouter

from healthrecords.api.views import CitizenViewSet, VisitViewSet

router = SimpleRouter()
router.register("citizens", CitizenViewSet, basename="api-citizen")
router.register("visits", VisitViewSet, basename="api-visit")

urlpatterns = router.urls
